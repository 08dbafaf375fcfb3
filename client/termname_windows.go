package client

// usualTerm is what the console is like since Windows 10 1809; nothing there sets
// TERM.
const usualTerm = "xterm-256color"
