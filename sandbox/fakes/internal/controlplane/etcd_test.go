package controlplane

import (
	"os"
	"path/filepath"
	"testing"
)

// An etcd that was killed before it was healthy is created again; one that has served keeps its data.
func TestDataOfAnUnbornEtcdIsForgotten(t *testing.T) {
	for _, served := range []bool{false, true} {
		dir := t.TempDir()
		log := filepath.Join(dataDir(dir), "member", "wal", "0.wal")
		if err := os.MkdirAll(filepath.Dir(log), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(log, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if served {
			if err := os.WriteFile(servedFile(dir), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := forgetUnborn(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(log); (err == nil) != served {
			t.Errorf("served %v: log there: %v", served, err == nil)
		}
	}
}
