package talos

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

// reach is how a machine's port behaves towards those who connect.
type reach int

const (
	reachable reach = iota
	// refusing closes the port: a connection is reset at once.
	refusing
	// silent answers no connection at all, as when packets get lost.
	silent
)

// gate is the port of a machine's API. Unlike a plain listener it can go and come back under the server.
type gate struct {
	address string

	mu      sync.Mutex
	inner   net.Listener
	hole    *hole
	reach   reach
	closed  bool
	changed chan struct{}
	conns   map[net.Conn]bool
}

func newGate(address string, r reach) (*gate, error) {
	g := &gate{address: address, changed: make(chan struct{}), conns: map[net.Conn]bool{}}
	return g, g.set(r)
}

// set changes how the port behaves, and cuts what is connected.
func (g *gate) set(r reach) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil
	}
	if g.inner != nil {
		_ = g.inner.Close()
		g.inner = nil
	}
	if g.hole != nil {
		g.hole.close()
		g.hole = nil
	}
	g.cutLocked()
	g.reach = r
	var err error
	switch r {
	case reachable:
		g.inner, err = net.Listen("tcp", g.address)
	case silent:
		g.hole, err = newHole(g.address)
	default:
	}
	close(g.changed)
	g.changed = make(chan struct{})
	return err
}

// cut ends all connections; new ones are taken.
func (g *gate) cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cutLocked()
}

func (g *gate) cutLocked() {
	for conn := range g.conns {
		_ = conn.Close()
	}
}

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	for {
		g.mu.Lock()
		inner, changed, closed := g.inner, g.changed, g.closed
		g.mu.Unlock()
		if closed {
			return nil, net.ErrClosed
		}
		if inner == nil {
			<-changed
			continue
		}
		conn, err := inner.Accept()
		if errors.Is(err, net.ErrClosed) {
			continue // the port has gone; is it to come back?
		}
		if err != nil {
			return nil, err
		}
		g.mu.Lock()
		tracked := &trackedConn{Conn: conn, gate: g}
		g.conns[tracked] = true
		g.mu.Unlock()
		return tracked, nil
	}
}

// Close implements net.Listener. Connections stay until the server ends them.
func (g *gate) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil
	}
	g.closed = true
	close(g.changed)
	g.changed = make(chan struct{})
	if g.hole != nil {
		g.hole.close()
	}
	if g.inner != nil {
		return g.inner.Close()
	}
	return nil
}

// Addr implements net.Listener.
func (g *gate) Addr() net.Addr {
	address, err := net.ResolveTCPAddr("tcp", g.address)
	if err != nil {
		return &net.TCPAddr{}
	}
	return address
}

type trackedConn struct {
	net.Conn
	gate *gate
}

func (c *trackedConn) Close() error {
	go func() { // cut holds the lock while it closes
		c.gate.mu.Lock()
		defer c.gate.mu.Unlock()
		delete(c.gate.conns, c)
	}()
	return c.Conn.Close()
}

// hole is a port whose queue of connections is full: the kernel answers no further one.
type hole struct {
	fd      int
	fillers []net.Conn
}

func newHole(address string) (*hole, error) {
	at, err := net.ResolveTCPAddr("tcp4", address)
	if err != nil {
		return nil, err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	h := &hole{fd: fd}
	where := &syscall.SockaddrInet4{Port: at.Port}
	copy(where.Addr[:], at.IP.To4())
	err = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	if err == nil {
		err = syscall.Bind(fd, where)
	}
	if err == nil {
		err = syscall.Listen(fd, 0)
	}
	if err != nil {
		h.close()
		return nil, err
	}
	for range 8 {
		conn, err := net.DialTimeout("tcp4", address, 100*time.Millisecond)
		if err != nil {
			break // full
		}
		h.fillers = append(h.fillers, conn)
	}
	return h, nil
}

func (h *hole) close() {
	for _, conn := range h.fillers {
		_ = conn.Close()
	}
	_ = syscall.Close(h.fd)
}
