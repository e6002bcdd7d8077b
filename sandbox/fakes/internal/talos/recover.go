package talos

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"firmament.example/sandbox/fakes/internal/atomicfile"
)

// recovery is the snapshot that a new etcd starts from.
type recovery struct {
	Machine  string `json:"machine"`
	SkipHash bool   `json:"skipHash"`
}

func (m *Machine) snapshotFile() string { return filepath.Join(m.dir, "etcd.snapshot") }

// EtcdRecover takes a snapshot, for a Bootstrap that asks for it.
func (s *machineService) EtcdRecover(stream grpc.ClientStreamingServer[common.Data, machineapi.EtcdRecoverResponse]) error {
	m := target(stream.Context(), s.self)
	if !m.snapshot().up() {
		return status.Error(codes.FailedPrecondition, "etcd service is not ready for recovery yet")
	}
	if _, _, err := controlPlane(stream.Context(), s.self, "etcd recover"); err != nil {
		return err
	}
	var data bytes.Buffer
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		data.Write(part.GetBytes())
	}
	if err := atomicfile.Write(m.snapshotFile(), data.Bytes(), 0o600); err != nil {
		return fmt.Errorf("error writing snapshot: %w", err)
	}
	return stream.SendAndClose(&machineapi.EtcdRecoverResponse{Messages: []*machineapi.EtcdRecover{{}}})
}

// recoverable says why etcd cannot start from what was uploaded. A snapshot ends with its hash; a copy of a database has
// none, and wants the check to be left out.
func (m *Machine) recoverable(skipHash bool) error {
	data, err := os.ReadFile(m.snapshotFile())
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("error verifying snapshot: stat /var/lib/etcd.snapshot: no such file or directory")
	}
	if err != nil {
		return err
	}
	const page = 512
	switch size := len(data); {
	case size < 4*page:
		return errors.New("error verifying snapshot: unexpected end of file")
	case skipHash:
		return nil
	case size%page != sha256.Size:
		return errors.New("error recovering from the snapshot: snapshot missing hash but --skip-hash-check=false")
	default:
		body := data[:size-sha256.Size]
		if sum := sha256.Sum256(body); !bytes.Equal(sum[:], data[size-sha256.Size:]) {
			return errors.New("error recovering from the snapshot: expected sha256 differs from that of the snapshot")
		}
		return nil
	}
}

// recovery is what the etcd of a cluster is to start from, if it has not yet.
func (e *etcdSet) recovery(key string) (recovery, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.group(key)
	if g.Recovery == nil {
		return recovery{}, false
	}
	return *g.Recovery, true
}

// recovered forgets the snapshot, whose data the etcd has.
func (e *etcdSet) recovered(key string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.group(key)
	if g.Recovery == nil {
		return nil
	}
	m, ok := e.fleet.Machine(g.Recovery.Machine)
	g.Recovery = nil
	if err := e.save(); err != nil || !ok {
		return err
	}
	if err := os.Remove(m.snapshotFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
