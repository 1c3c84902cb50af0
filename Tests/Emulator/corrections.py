def install(auth): pass
def reset(): pass
def reset_settings(): pass
def configure_tasks(value): pass
async def before(call): return None
async def after(call, answer): return answer
