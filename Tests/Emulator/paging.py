class Pager:
    size = 0
    def configure(self, value): self.size = int(value)
    def continued(self, call): return None
    def cut(self, call, answer): return answer
