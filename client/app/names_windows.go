package app

// caseless: file names are compared without case.
const caseless = true
