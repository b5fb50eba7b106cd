"""The desk's side of remote providers: which one a job goes to, how often it may be called, what it keeps of ours."""
