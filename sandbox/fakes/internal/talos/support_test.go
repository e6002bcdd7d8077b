package talos

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	clientconfig "github.com/siderolabs/talos/pkg/machinery/client/config"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configpatcher"
	"github.com/siderolabs/talos/pkg/machinery/config/generate"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	machinetype "github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"firmament.example/sandbox/fakes/internal/ports"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// freeRange finds ports for one test, so that tests and sandboxes can run side by side.
func freeRange(t *testing.T, size int) (int, int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	from := listener.Addr().(*net.TCPAddr).Port
	if from+size > 65535 {
		from -= 2 * size
	}
	return from, from + size - 1
}

type bench struct {
	t        *testing.T
	opts     Options
	fleet    *Fleet
	bundle   *secrets.Bundle
	endpoint string
	input    *generate.Input
}

// newBench starts machines without processes: Bootstrap counts as done at once.
func newBench(t *testing.T, machines ...string) *bench {
	t.Helper()
	from, to := freeRange(t, 40)
	dir := t.TempDir()
	allocator, err := ports.Open(dir, from, to)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, opts: Options{
		StateDir: dir, Machines: machines, Ports: allocator, Log: quiet,
		InstallDelay: 100 * time.Millisecond, RebootDelay: 100 * time.Millisecond, RestartDelay: 100 * time.Millisecond,
		LeaveTimeout: time.Second, PromoteDelay: 50 * time.Millisecond,
	}}
	b.endpoint = "https://" + allocator.Address(EndpointAddress) + ":6443"
	b.newSecrets()
	b.start()
	return b
}

func (b *bench) start() {
	b.t.Helper()
	fleet, err := Start(b.opts)
	if err != nil {
		b.t.Fatal(err)
	}
	b.fleet = fleet
	b.t.Cleanup(fleet.Stop)
}

func (b *bench) newSecrets() {
	b.t.Helper()
	bundle, err := secrets.NewBundle(secrets.NewFixedClock(time.Now()), config.TalosVersion1_13)
	if err != nil {
		b.t.Fatal(err)
	}
	b.useSecrets(bundle)
}

func (b *bench) useSecrets(bundle *secrets.Bundle) {
	b.t.Helper()
	b.bundle = bundle
	input, err := generate.NewInput("firmament", b.endpoint, "1.34.4",
		generate.WithSecretsBundle(bundle), generate.WithVersionContract(config.TalosVersion1_13), generate.WithInstallDisk("/dev/sda"),
		generate.WithEndpointList([]string{"127.0.0.1"}))
	if err != nil {
		b.t.Fatal(err)
	}
	b.input = input
}

func (b *bench) machine(name string) *Machine {
	b.t.Helper()
	m, ok := b.fleet.Machine(name)
	if !ok {
		b.t.Fatalf("no machine %s", name)
	}
	return m
}

// config generates a configuration with the hostname of the machine's name, and patches it.
func (b *bench) config(name string, kind machinetype.Type, patches ...string) []byte {
	b.t.Helper()
	provider, err := b.input.Config(kind)
	if err != nil {
		b.t.Fatal(err)
	}
	all := append([]string{"apiVersion: v1alpha1\nkind: HostnameConfig\nauto: off\nhostname: " + name + "\n"}, patches...)
	for _, text := range all {
		patch, err := configpatcher.LoadPatch([]byte(text))
		if err != nil {
			b.t.Fatal(err)
		}
		out, err := configpatcher.Apply(configpatcher.WithConfig(provider), []configpatcher.Patch{patch})
		if err != nil {
			b.t.Fatal(err)
		}
		if provider, err = out.Config(); err != nil {
			b.t.Fatal(err)
		}
	}
	data, err := provider.Bytes()
	if err != nil {
		b.t.Fatal(err)
	}
	return data
}

// insecure is a client for maintenance mode.
func (b *bench) insecure(name string) *client.Client {
	b.t.Helper()
	c, err := client.New(b.t.Context(), client.WithEndpoints(b.machine(name).Endpoint()), client.WithTLSConfig(&tls.Config{InsecureSkipVerify: true}))
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = c.Close() })
	return c
}

// as is a client with a certificate of the cluster.
func (b *bench) as(name string, roles ...role.Role) *client.Client {
	b.t.Helper()
	cert, err := b.bundle.GenerateTalosAPIClientCertificate(role.MakeSet(roles...))
	if err != nil {
		b.t.Fatal(err)
	}
	cfg := clientconfig.NewConfig("test", []string{b.machine(name).Endpoint()}, b.bundle.Certs.OS.Crt, cert)
	c, err := client.New(b.t.Context(), client.WithConfig(cfg))
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = c.Close() })
	return c
}

func (b *bench) admin(name string) *client.Client { return b.as(name, role.Admin) }

func (b *bench) power(on bool, name string) {
	b.t.Helper()
	if err := b.machine(name).Power(on); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) apply(c *client.Client, data []byte, mode machine.ApplyConfigurationRequest_Mode) *machine.ApplyConfiguration {
	b.t.Helper()
	reply, err := c.ApplyConfiguration(b.ctx(), &machine.ApplyConfigurationRequest{Data: data, Mode: mode})
	if err != nil {
		b.t.Fatal(err)
	}
	return reply.GetMessages()[0]
}

func (b *bench) ctx() context.Context {
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	b.t.Cleanup(cancel)
	return ctx
}

func (b *bench) await(what string, condition func() bool) {
	b.t.Helper()
	b.awaitFor(10*time.Second, what, condition)
}

func (b *bench) awaitFor(patience time.Duration, what string, condition func() bool) {
	b.t.Helper()
	for end := time.Now().Add(patience); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// awaitStage waits until a machine is in the stage and, in stages that have an API, until its port is open: a machine
// is in its stage a moment before.
func (b *bench) awaitStage(name string, stage Stage) {
	b.t.Helper()
	m := b.machine(name)
	b.await(name+" is "+string(stage), func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.stage == stage && (m.server != nil || stage == StageInstalling || stage == StageOff)
	})
}

// controlPlanes configures machines as control planes, bootstraps the first and waits until all run.
func (b *bench) controlPlanes(names ...string) {
	b.t.Helper()
	for _, name := range names {
		b.awaitStage(name, StageMaintenance)
		b.apply(b.insecure(name), b.config(name, machinetype.TypeControlPlane), machine.ApplyConfigurationRequest_AUTO)
		b.awaitStage(name, StageBooting)
	}
	if err := b.admin(names[0]).Bootstrap(b.ctx(), &machine.BootstrapRequest{}); err != nil {
		b.t.Fatal(err)
	}
	for _, name := range names {
		b.awaitStage(name, StageRunning)
	}
}

// etcdMembers are the members that a machine lists.
func (b *bench) etcdMembers(name string) []*machine.EtcdMember {
	b.t.Helper()
	reply, err := b.admin(name).EtcdMemberList(b.ctx(), &machine.EtcdMemberListRequest{})
	if err != nil {
		b.t.Fatal(err)
	}
	return reply.GetMessages()[0].GetMembers()
}

// tag is the Talos version that a machine reports, empty while it does not answer.
func (b *bench) tag(name string) string {
	b.t.Helper()
	reply, err := b.admin(name).Version(b.ctx())
	if err != nil {
		return ""
	}
	return reply.GetMessages()[0].GetVersion().GetTag()
}

func expectCode(t *testing.T, err error, code codes.Code, text string) {
	t.Helper()
	if status.Code(err) != code || !strings.Contains(err.Error(), text) {
		t.Fatalf("got %v, want %s with %q", err, code, text)
	}
}
