"""Stand-ins for the two ends of the line: an acquirer's host and a card terminal.

They are honest: the acquirer keeps books, makes keys and checks seals, the terminal keeps its own
batch, reverses and uploads as real ones do. Cards are synthetic. Nothing here is in the bridge.

What they decide is in pure modules without I/O, clock or threads (`books`, `ruling`, `closing`,
`host` for the acquirer; `tape`, `forms`, `flows`, `trading`, `settling` for the terminal);
`acquirer.Acquirer` and `terminal.Terminal` put sockets and threads around them.
"""
