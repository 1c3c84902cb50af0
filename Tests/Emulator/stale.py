class StaleReads:
    settings = None
    def configure(self, value): self.settings = value
    def answer_for(self, call): return None
    def observe(self, call, answer): pass
    def hide_new(self, call, answer): return answer
