"""The commands of `lims`, by what they are about. They only ask, act and print."""
