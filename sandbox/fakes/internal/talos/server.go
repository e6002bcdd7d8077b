package talos

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strconv"
	"time"

	cosi "github.com/cosi-project/runtime/api/v1alpha1"
	cosiserver "github.com/cosi-project/runtime/pkg/state/protobuf/server"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	storageapi "github.com/siderolabs/talos/pkg/machinery/api/storage"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"firmament.example/sandbox/fakes/internal/pki"
)

const (
	// goodbye is how long calls may take to end when the API closes.
	goodbye = 250 * time.Millisecond
	// maxMessage is what Talos accepts.
	maxMessage = 32 << 20
	// serverValidity is how long Talos' own server certificates live; the sandbox makes new ones at each boot, and
	// runs without reboots for longer than Talos waits to renew them.
	serverValidity = 30 * 24 * time.Hour
)

// apiServer is the API of a machine between two restarts of its listener.
type apiServer struct {
	grpc *grpc.Server
	gate *gate
	done chan struct{}
}

// serve opens the machine's port. It tries until that works; false when the daemon stops first.
func (m *Machine) serve(ctx context.Context, config func() (*tls.Config, error)) bool {
	m.stopServing()
	for {
		err := m.listen(config)
		if err == nil {
			return true
		}
		m.log.Warn("API does not open", "error", err)
		if !sleep(ctx, 500*time.Millisecond) {
			return false
		}
	}
}

func (m *Machine) listen(config func() (*tls.Config, error)) error {
	tlsConfig, err := config()
	if err != nil {
		return err
	}
	how := reachable
	switch {
	case m.troubled("connection-refused"):
		how = refusing
	case m.troubled("black-hole"):
		how = silent
	}
	gate, err := newGate(net.JoinHostPort(m.Address, strconv.Itoa(m.Port)), how)
	if err != nil {
		return err
	}
	server := grpc.NewServer(
		grpc.Creds(credentials.NewTLS(tlsConfig)), grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage),
		grpc.SharedWriteBuffer(true), grpc.UnaryInterceptor(m.unary), grpc.StreamInterceptor(m.stream),
	)
	machineapi.RegisterMachineServiceServer(server, &machineService{self: m})
	machineapi.RegisterLifecycleServiceServer(server, &lifecycleService{self: m})
	machineapi.RegisterImageServiceServer(server, &imageService{self: m})
	storageapi.RegisterStorageServiceServer(server, &storageService{self: m})
	cosi.RegisterStateServer(server, cosiserver.NewState(routedState{self: m}))

	running := &apiServer{grpc: server, gate: gate, done: make(chan struct{})}
	go func() {
		defer close(running.done)
		_ = server.Serve(gate)
	}()
	m.mu.Lock()
	m.server = running
	m.mu.Unlock()
	return nil
}

// setReach changes how the machine's port behaves, while it has one.
func (m *Machine) setReach(r reach) error {
	m.mu.Lock()
	server := m.server
	m.mu.Unlock()
	if server == nil {
		return nil
	}
	return server.gate.set(r)
}

// cut ends all connections.
func (m *Machine) cut() {
	m.mu.Lock()
	server := m.server
	m.mu.Unlock()
	if server != nil {
		server.gate.cut()
	}
}

// stopServing closes the port; calls under way get a moment to end.
func (m *Machine) stopServing() {
	m.mu.Lock()
	server := m.server
	m.server = nil
	m.mu.Unlock()
	if server == nil {
		return
	}
	timer := time.AfterFunc(goodbye, server.grpc.Stop)
	server.grpc.GracefulStop()
	timer.Stop()
	<-server.done
}

// serveWhenTrusted opens the API of a configured machine. A worker waits for a control plane to sign its certificate.
// False when the machine is switched off or reset meanwhile, or the daemon stops.
func (m *Machine) serveWhenTrusted(ctx context.Context) bool {
	for {
		changed := m.fleet.changed()
		s := m.snapshot()
		if s.config == nil || s.kept.Off {
			return false
		}
		if authority, ok := m.fleet.authority(s.config); ok {
			return m.serve(ctx, func() (*tls.Config, error) { return m.configuredTLS(authority) })
		}
		select {
		case <-ctx.Done():
			return false
		case c := <-m.commands:
			if c == commandPowerOff {
				return false
			}
		case <-changed:
		case <-time.After(time.Second):
		}
	}
}

// maintenanceTLS shows a self-signed certificate and asks for none.
func (m *Machine) maintenanceTLS() (*tls.Config, error) {
	ca, err := pki.NewCA("maintenance-service.talos.dev")
	if err != nil {
		return nil, err
	}
	leaf, err := ca.Issue(pki.Leaf{
		CommonName: "maintenance-service.talos.dev", Hosts: []string{m.Address, "maintenance-service.talos.dev"}, Server: true,
	})
	if err != nil {
		return nil, err
	}
	return serverTLS(leaf)
}

// configuredTLS requires a client certificate of the machine's CA. Each connection gets a certificate as the scenarios
// that are on want it.
func (m *Machine) configuredTLS(authority *pki.Pair) (*tls.Config, error) {
	first, err := m.connectionTLS(authority)
	if err != nil {
		return nil, err
	}
	config := first.Clone()
	config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		for _, name := range []string{wrongCA, expiredServer, missingAddress} {
			if m.troubled(name) {
				return m.connectionTLS(authority)
			}
		}
		return first, nil
	}
	return config, nil
}

func (m *Machine) connectionTLS(authority *pki.Pair) (*tls.Config, error) {
	s := m.snapshot()
	if s.config == nil {
		return nil, fmt.Errorf("no configuration")
	}
	security := s.config.Machine().Security()
	hostname := m.hostname(s)
	leaf := pki.Leaf{
		CommonName: hostname, Hosts: append([]string{m.Address, hostname, "127.0.0.1", "localhost"}, security.CertSANs()...),
		Server: true, Validity: serverValidity,
	}
	switch {
	case m.troubled(wrongCA):
		other, err := pki.NewCA("another")
		if err != nil {
			return nil, err
		}
		authority = other
	case m.troubled(expiredServer):
		leaf.Validity = -time.Minute
	case m.troubled(missingAddress):
		leaf.Hosts = []string{hostname}
	}
	pair, err := authority.Issue(leaf)
	if err != nil {
		return nil, err
	}
	config, err := serverTLS(pair)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(security.IssuingCA().Crt)
	for _, ca := range security.AcceptedCAs() {
		roots.AppendCertsFromPEM(ca.Crt)
	}
	config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, roots
	return config, nil
}

func serverTLS(leaf *pki.Pair) (*tls.Config, error) {
	pair, err := tls.X509KeyPair(leaf.CertPEM, leaf.KeyPEM)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13, NextProtos: []string{"h2"}}, nil
}
