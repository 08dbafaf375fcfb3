// Package clientpb is the generated code of client.proto: the user stream's diff (spec section 8).
// Only protocol/wire uses it.
package clientpb
