// Package hostpb is the generated code of host.proto: the terminal's diff (spec section 9).
// Only protocol/wire uses it.
package hostpb
