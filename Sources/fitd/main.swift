print("fitd")
