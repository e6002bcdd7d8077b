package talos

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	stdx509 "crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	cosi "github.com/cosi-project/runtime/api/v1alpha1"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/cosi-project/runtime/pkg/state/impl/inmem"
	"github.com/cosi-project/runtime/pkg/state/impl/namespaced"
	cosiserver "github.com/cosi-project/runtime/pkg/state/protobuf/server"
	"github.com/siderolabs/talos/pkg/machinery/api/common"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	storageapi "github.com/siderolabs/talos/pkg/machinery/api/storage"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/emptypb"
)

// fakeMachine answers like a machine as far as this provider asks: in maintenance without asking who calls, configured
// only to who shows a certificate of the cluster. It notes every call, with a mark of how it came.
type fakeMachine struct {
	machineapi.UnimplementedMachineServiceServer
	storageapi.UnimplementedStorageServiceServer

	address string

	mu       sync.Mutex
	calls    []string
	applied  []string
	modes    []string
	busy     int  // refuses so many calls as unavailable
	needBoot bool // a dry run says that the change needs a reboot
	refuse   error
	identity *tls.Config // nil in maintenance
	certEnd  time.Time
	kubeCA   string
	events   chan *machineapi.Event
	// resources is what the machine reports about itself.
	resources state.State
}

func newFakeMachine(t *testing.T) *fakeMachine {
	t.Helper()
	machine := &fakeMachine{certEnd: time.Now().AddDate(1, 0, 0), events: make(chan *machineapi.Event, 1)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	machine.address = listener.Addr().String()
	anonymous := selfSigned(t)
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2"},
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			machine.mu.Lock()
			defer machine.mu.Unlock()
			if machine.identity != nil {
				return machine.identity, nil
			}
			return &tls.Config{Certificates: []tls.Certificate{anonymous}, NextProtos: []string{"h2"}}, nil
		},
	})))
	machineapi.RegisterMachineServiceServer(server, machine)
	machine.resources = state.WrapCore(namespaced.NewState(inmem.Build))
	cosi.RegisterStateServer(server, cosiserver.NewState(machine.resources))
	storageapi.RegisterStorageServiceServer(server, machine)
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Stop(); <-done })
	return machine
}

// note records a call and answers for a machine that is busy or refuses.
func (m *fakeMachine) note(ctx context.Context, call string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.identity != nil {
		call += " with certificate"
	}
	m.calls = append(m.calls, call)
	if call != "Disks" && call != "Disks with certificate" {
		if m.busy > 0 {
			m.busy--
			return status.Error(codes.Unavailable, "not ready")
		}
		return m.refuse
	}
	return ctx.Err()
}

func (m *fakeMachine) seen() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen := m.calls
	m.calls = nil
	return seen
}

func (m *fakeMachine) Disks(ctx context.Context, _ *emptypb.Empty) (*storageapi.DisksResponse, error) {
	return &storageapi.DisksResponse{Messages: []*storageapi.Disks{{}}}, m.note(ctx, "Disks")
}

func (m *fakeMachine) ApplyConfiguration(
	ctx context.Context, req *machineapi.ApplyConfigurationRequest,
) (*machineapi.ApplyConfigurationResponse, error) {
	call := "ApplyConfiguration " + req.GetMode().String()
	if req.GetDryRun() {
		call += " dry"
	}
	if err := m.note(ctx, call); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	mode := machineapi.ApplyConfigurationRequest_NO_REBOOT
	if m.needBoot {
		mode = machineapi.ApplyConfigurationRequest_REBOOT
	}
	answer := &machineapi.ApplyConfigurationResponse{Messages: []*machineapi.ApplyConfiguration{{Mode: mode}}}
	if req.GetDryRun() {
		return answer, nil
	}
	config, err := configloader.NewFromBytes(req.GetData())
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	m.applied = append(m.applied, string(req.GetData()))
	m.modes = append(m.modes, req.GetMode().String())
	ca := config.Machine().Security().IssuingCA()
	if ca == nil {
		return answer, nil
	}
	pair, err := tls.X509KeyPair(ca.Crt, []byte(strings.ReplaceAll(string(ca.Key), "ED25519 PRIVATE KEY", "PRIVATE KEY")))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	roots := stdx509.NewCertPool()
	roots.AppendCertsFromPEM(ca.Crt)
	m.identity = &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2"},
		Certificates: []tls.Certificate{issue(pair)}, ClientCAs: roots, ClientAuth: tls.RequireAndVerifyClientCert,
	}
	m.kubeCA = base64.StdEncoding.EncodeToString(config.Cluster().IssuingCA().Crt)
	return answer, nil
}

func (m *fakeMachine) Bootstrap(ctx context.Context, _ *machineapi.BootstrapRequest) (*machineapi.BootstrapResponse, error) {
	if err := m.note(ctx, "Bootstrap"); err != nil {
		return nil, err
	}
	return &machineapi.BootstrapResponse{Messages: []*machineapi.Bootstrap{{}}}, nil
}

func (m *fakeMachine) Kubeconfig(_ *emptypb.Empty, stream machineapi.MachineService_KubeconfigServer) error {
	if err := m.note(stream.Context(), "Kubeconfig"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	certificate := base64.StdEncoding.EncodeToString(certificateUntil(m.certEnd))
	content := fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: berlin, cluster: {server: "https://192.0.2.1:6443", certificate-authority-data: %s}}]
users: [{name: admin@berlin, user: {client-certificate-data: %s, client-key-data: a2V5}}]
contexts: [{name: admin@berlin, context: {cluster: berlin, user: admin@berlin}}]
current-context: admin@berlin
`, m.kubeCA, certificate)
	var archive bytes.Buffer
	compressed := gzip.NewWriter(&archive)
	files := tar.NewWriter(compressed)
	if err := files.WriteHeader(&tar.Header{Name: "kubeconfig", Size: int64(len(content)), Mode: 0o600}); err != nil {
		return err
	}
	if _, err := files.Write([]byte(content)); err != nil {
		return err
	}
	if err := files.Close(); err != nil {
		return err
	}
	if err := compressed.Close(); err != nil {
		return err
	}
	return stream.Send(&common.Data{Bytes: archive.Bytes()})
}

func (m *fakeMachine) Version(ctx context.Context, _ *emptypb.Empty) (*machineapi.VersionResponse, error) {
	return &machineapi.VersionResponse{Messages: []*machineapi.Version{{
		Metadata: &common.Metadata{Hostname: "127.0.0.1"}, Version: &machineapi.VersionInfo{Tag: "v1.13.0"},
	}}}, m.note(ctx, "Version")
}

// Events starts with an empty one, as machines do, and then reports what Reset causes.
func (m *fakeMachine) Events(_ *machineapi.EventsRequest, stream machineapi.MachineService_EventsServer) error {
	if err := m.note(stream.Context(), "Events"); err != nil {
		return err
	}
	if err := stream.Send(&machineapi.Event{Metadata: &common.Metadata{Hostname: "127.0.0.1"}}); err != nil {
		return err
	}
	select {
	case event := <-m.events:
		return stream.Send(event)
	case <-stream.Context().Done():
		return nil
	}
}

func (m *fakeMachine) Reset(ctx context.Context, req *machineapi.ResetRequest) (*machineapi.ResetResponse, error) {
	var labels []string
	for _, partition := range req.GetSystemPartitionsToWipe() {
		labels = append(labels, fmt.Sprintf("%s:%t", partition.GetLabel(), partition.GetWipe()))
	}
	call := fmt.Sprintf("Reset graceful=%t reboot=%t %s", req.GetGraceful(), req.GetReboot(), strings.Join(labels, " "))
	if err := m.note(ctx, call); err != nil {
		return nil, err
	}
	task, err := anypb.New(&machineapi.TaskEvent{Task: "stopAllServices", Action: machineapi.TaskEvent_STOP})
	if err != nil {
		return nil, err
	}
	task.TypeUrl = "talos/runtime/machine.TaskEvent"
	m.events <- &machineapi.Event{
		Metadata: &common.Metadata{Hostname: "127.0.0.1"}, Id: "1", ActorId: "actor", Data: task,
	}
	return &machineapi.ResetResponse{Messages: []*machineapi.Reset{{ActorId: "actor"}}}, nil
}

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &stdx509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "maintenance-service.talos.dev"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := stdx509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// issue makes a server certificate for loopback, signed by an authority.
func issue(authority tls.Certificate) tls.Certificate {
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	ca, _ := stdx509.ParseCertificate(authority.Certificate[0])
	template := &stdx509.Certificate{
		SerialNumber: big.NewInt(2), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []stdx509.ExtKeyUsage{stdx509.ExtKeyUsageServerAuth},
	}
	der, _ := stdx509.CreateCertificate(rand.Reader, template, ca, key.Public(), authority.PrivateKey)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
