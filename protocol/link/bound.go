package link

import "net/netip"

// Bound is the address that the socket is bound to: unspecified if any.
func (s *Server) Bound() netip.Addr { return s.socket.local().Addr().Unmap() }
