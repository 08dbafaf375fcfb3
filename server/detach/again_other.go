//go:build !unix

package detach

// Again cannot be done here.
func (c *Child) Again(words, args []string, options []byte) error { return ErrUnsupported }
