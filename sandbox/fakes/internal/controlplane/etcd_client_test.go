package controlplane

import (
	"bytes"
	"context"
	"crypto/sha256"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"firmament.example/sandbox/fakes/internal/pki"
	"firmament.example/sandbox/fakes/internal/ports"
	"firmament.example/sandbox/fakes/internal/process"
)

// Runs the real etcd of the directory SANDBOX_TOOLS; skipped without it.
func TestASnapshotIsTheDatabaseAndItsHash(t *testing.T) {
	tools := os.Getenv("SANDBOX_TOOLS")
	if tools == "" {
		t.Skip("SANDBOX_TOOLS is not set")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	supervisor, err := process.New(dir, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(supervisor.StopAll)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	from := min(free.Addr().(*net.TCPAddr).Port, 65500) //nolint:forcetypeassert
	_ = free.Close()
	allocator, err := ports.Open(dir, from, from+30)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := pki.NewCA("etcd")
	if err != nil {
		t.Fatal(err)
	}
	deps := Deps{Supervisor: supervisor, Ports: allocator, Tools: map[string]string{"etcd": filepath.Join(tools, "etcd")}, Log: log}
	running, err := StartEtcd(ctx, deps, EtcdConfig{Name: "etcd", Dir: filepath.Join(dir, "etcd"), CA: CertKey{Cert: ca.CertPEM, Key: ca.KeyPEM}})
	if err != nil {
		t.Fatal(err)
	}
	status, err := running.Client.Status(ctx)
	if err != nil || status.DBSize == 0 || status.RaftIndex == 0 || status.Version == "" {
		t.Fatalf("status: %+v %v", status, err)
	}
	var snapshot bytes.Buffer
	if err := running.Client.Snapshot(ctx, &snapshot); err != nil {
		t.Fatal(err)
	}
	size := snapshot.Len() - sha256.Size
	if size <= 0 || size%512 != 0 {
		t.Fatalf("%d bytes", snapshot.Len())
	}
	if sum := sha256.Sum256(snapshot.Bytes()[:size]); !bytes.Equal(sum[:], snapshot.Bytes()[size:]) {
		t.Fatal("the hash at its end is another one")
	}
}
