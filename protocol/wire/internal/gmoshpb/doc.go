// Package gmoshpb is the generated code of gmosh.proto: what gmosh halves tell each other (design section 3).
// Only protocol/wire uses it.
package gmoshpb
