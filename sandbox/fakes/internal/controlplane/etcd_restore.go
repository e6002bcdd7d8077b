package controlplane

import (
	"context"
	"fmt"
	"os"
	"os/exec"
)

// RestoreEtcd makes the data of an etcd out of a snapshot, as etcdutl does. Data that is there goes. The next StartEtcd of
// the same configuration uses it.
func RestoreEtcd(ctx context.Context, deps Deps, cfg EtcdConfig, snapshot string, skipHash bool) error {
	tool, err := deps.Tool("etcdutl")
	if err != nil {
		return err
	}
	port, err := deps.Ports.Port(cfg.Name + "/peer")
	if err != nil {
		return err
	}
	if err := os.RemoveAll(dataDir(cfg.Dir)); err != nil {
		return fmt.Errorf("etcd %s: %w", cfg.Name, err)
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return fmt.Errorf("etcd %s: %w", cfg.Name, err)
	}
	peer := fmt.Sprintf("https://127.0.0.1:%d", port)
	args := []string{
		"snapshot", "restore", snapshot, "--data-dir=" + dataDir(cfg.Dir), "--name=" + cfg.Name,
		"--initial-cluster=" + cfg.Name + "=" + peer, "--initial-advertise-peer-urls=" + peer,
	}
	if skipHash {
		args = append(args, "--skip-hash-check")
	}
	if out, err := exec.CommandContext(ctx, tool, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("etcd %s: snapshot is not restored: %w\n%s", cfg.Name, err, out)
	}
	// it has members and may be started, unlike data of an etcd that never served
	if err := os.WriteFile(servedFile(cfg.Dir), nil, 0o600); err != nil {
		return fmt.Errorf("etcd %s: %w", cfg.Name, err)
	}
	return nil
}
