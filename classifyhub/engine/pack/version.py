"""Which pack this is. A change of any of its files is a new number, for the same document may get another answer."""

NUMBER = 6
DIGEST = "57eaa3e4b504"
