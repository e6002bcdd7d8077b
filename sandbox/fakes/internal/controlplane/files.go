package controlplane

import (
	"path/filepath"

	"firmament.example/sandbox/fakes/internal/atomicfile"
)

// fileSet writes private files into one directory and keeps the first error, so that a list of files reads as one.
type fileSet struct {
	dir string
	err error
}

// write stores a file and gives its path.
func (f *fileSet) write(name string, data []byte) string {
	path := filepath.Join(f.dir, name)
	if f.err == nil {
		f.err = atomicfile.Write(path, data, 0o600)
	}
	return path
}
