package federation

import (
	"context"
	"net"
)

// Dialing returns a Web that connects by dial.
func (w *Web) Dialing(dial func(ctx context.Context, network, address string) (net.Conn, error)) *Web {
	by := *w
	by.dial = dial
	return &by
}
