package client

// disableCoreDumps: Windows Error Reporting keeps no dump of a program that ends
// by a panic.
func disableCoreDumps() {}
