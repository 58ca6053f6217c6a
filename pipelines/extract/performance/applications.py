"""stub"""
def read_applications(stream): return []
