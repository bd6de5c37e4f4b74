"""What stands beside the product when it is installed: configuration, alarms, a board, and small tools that need no
Django.
"""
