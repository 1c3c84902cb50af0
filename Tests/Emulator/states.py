class SlowStates:
    settings = None
    def configure(self, value): self.settings = value
    def bend(self, call, answer): return answer
