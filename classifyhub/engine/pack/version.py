"""Which pack this is. A change of any of its files, or of the paraphrases, is a new number: the same document may get
another answer."""

NUMBER = 6
DIGEST = "b83434710846"
