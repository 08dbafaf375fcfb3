package client

// hasLocales: the console is switched to UTF-8 whatever the environment says.
const hasLocales = false
