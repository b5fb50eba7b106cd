"""Asking a language model what a document is: what is shown to it, how it is asked, and what of its answer is kept.

The text of a document comes from strangers, and a model may do what it finds there. So nothing that a model says is
taken on trust: its type is one of the rules' or none, its confidence a number, its quotes stand on the page, and its
explanation is not its instructions.
"""
