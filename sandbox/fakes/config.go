package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"firmament.example/sandbox/fakes/internal/operator"
	"firmament.example/sandbox/fakes/internal/table"
	"firmament.example/sandbox/fakes/internal/talos"
)

// config is daemon.json.
type config struct {
	// Name of the sandbox.
	Name string `json:"name"`
	// StateDir is the absolute path under which everything is written.
	StateDir string `json:"stateDir"`
	// Tools are absolute paths of executables by name.
	Tools map[string]string `json:"tools"`
	// CRDs is the directory of the CRD bundle.
	CRDs  string `json:"crds"`
	Ports struct {
		From int `json:"from"`
		To   int `json:"to"`
	} `json:"ports"`
	Machines []struct {
		Name string `json:"name"`
		// Hardware that differs from the default machine.
		Hardware talos.Hardware `json:"hardware"`
	} `json:"machines"`
	// TalosVersion of the medium that machines boot whose disk is empty, such as v1.13.0; default that of the library.
	TalosVersion string `json:"talosVersion"`
	// Schematics are the extensions in images of the image factory, by id.
	Schematics map[string][]string `json:"schematics"`
	// Charts is the directory of the chart repository.
	Charts string `json:"charts"`
	// Fakes are the kinds whose objects get a status as soon as they exist.
	Fakes []table.Kind `json:"fakes"`
	// Providers that the fake of Cluster API's operator can install.
	Providers []operator.Provider `json:"providers"`
}

var (
	talosVersion = regexp.MustCompile(`^v1\.(12|13|14)\.[0-9]+(-[a-z]+\.[0-9]+)?$`)
	schematic    = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

var machineName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// readConfig reads daemon.json strictly and reports all faults at once.
func readConfig(path string) (*config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var c config
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(path+": "+format, args...)) }
	if !filepath.IsAbs(c.StateDir) {
		fault("stateDir: %q — an absolute path; give one", c.StateDir)
	}
	for name, tool := range c.Tools {
		if !filepath.IsAbs(tool) {
			fault("tools.%s: %q — an absolute path; give one", name, tool)
		} else if info, err := os.Stat(tool); err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			fault("tools.%s: %q — not an executable file; build or install it", name, tool)
		}
	}
	if len(c.Machines) == 0 {
		fault("machines: none — a sandbox has at least one; add it")
	}
	seen := map[string]bool{}
	for i, m := range c.Machines {
		if !machineName.MatchString(m.Name) || strings.Contains(m.Name, "..") {
			fault("machines[%d].name: %q — lower-case letters, digits and dashes; rename it", i, m.Name)
		}
		if seen[m.Name] {
			fault("machines[%d].name: %q — given twice; rename one", i, m.Name)
		}
		seen[m.Name] = true
		if err := m.Hardware.Check(); err != nil {
			fault("machines[%d].hardware: %w", i, err)
		}
		if v := m.Hardware.TalosVersion; v != "" && !talosVersion.MatchString(v) {
			fault("machines[%d].hardware.talosVersion: %q — a version of Talos 1.12, 1.13 or 1.14; write it like v1.13.0", i, v)
		}
	}
	if c.TalosVersion != "" && !talosVersion.MatchString(c.TalosVersion) {
		fault("talosVersion: %q — a version of Talos 1.12, 1.13 or 1.14; write it like v1.13.0", c.TalosVersion)
	}
	for id := range c.Schematics {
		if !schematic.MatchString(id) {
			fault("schematics.%s: not the id of a schematic — 64 hexadecimal digits; take it from the image factory", id)
		}
	}
	for i, kind := range c.Fakes {
		if err := kind.Check(); err != nil {
			fault("fakes[%d]: %w", i, err)
		}
	}
	return &c, errors.Join(faults...)
}
