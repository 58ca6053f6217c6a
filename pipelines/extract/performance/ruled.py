"""stub"""
def read_ruled_forms(document): return []
def read_ruled_applications(document): return []
