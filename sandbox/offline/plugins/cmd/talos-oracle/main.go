// Command talos-oracle answers how Talos patches and validates machine configurations. Tests ask it; nothing that is
// deployed, and no part of the sandbox, runs it.
//
// It reads one request per line and writes one answer per line, both JSON.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"github.com/siderolabs/talos/pkg/machinery/config/configpatcher"
	"github.com/siderolabs/talos/pkg/machinery/config/encoder"
	"go.yaml.in/yaml/v4"
)

// request is about one configuration, given or generated.
type request struct {
	Config   string      `json:"config"`
	Generate *generating `json:"generate"`
	// Patches are texts as the provider takes them, never names of files.
	Patches  []string `json:"patches"`
	Validate bool     `json:"validate"`
	// Compatible asks whether a release runs with a version of Kubernetes, or after another release, instead.
	Compatible *compatible `json:"compatible"`
	// Schema asks for the types of all documents instead.
	Schema bool `json:"schema"`
}

type answer struct {
	Config    string   `json:"config,omitempty"`
	Documents []any    `json:"documents,omitempty"`
	Warnings  []string `json:"warnings,omitempty"`
	// Error is what Talos says of a configuration or a patch that it refuses.
	Error  string `json:"error,omitempty"`
	Schema any    `json:"schema,omitempty"`
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer) error {
	requests, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var asked request
		if err := requests.Decode(&asked); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("request: %w", err)
		}
		given, err := asked.answer()
		if err != nil {
			given = answer{Error: err.Error()}
		}
		if err := answers.Encode(given); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
	}
}

func (r request) answer() (given answer, err error) {
	defer func() {
		if failure := recover(); failure != nil {
			err = fmt.Errorf("panic: %v", failure)
		}
	}()
	if r.Schema {
		described, err := describe()
		return answer{Schema: described}, err
	}
	if r.Compatible != nil {
		return answer{}, r.Compatible.check()
	}
	content, err := r.content()
	if err != nil {
		return answer{}, err
	}
	provider, err := configloader.NewFromBytes(content)
	if err != nil {
		return answer{}, fmt.Errorf("configuration: %w", err)
	}
	var warnings []string
	if r.Validate {
		if warnings, err = provider.Validate(metal{}); err != nil {
			return answer{}, fmt.Errorf("validation: %w", err)
		}
	}
	// written by Talos itself, so that what means the same reads the same
	canonical, err := provider.EncodeBytes(encoder.WithComments(encoder.CommentsDisabled))
	if err != nil {
		return answer{}, err
	}
	documents, err := documentsIn(canonical)
	return answer{Config: string(canonical), Documents: documents, Warnings: warnings}, err
}

// content is the configuration with its patches, put together as the provider does it.
func (r request) content() ([]byte, error) {
	content := []byte(r.Config)
	if r.Generate != nil {
		generated, err := r.Generate.configuration()
		if err != nil {
			return nil, err
		}
		content = generated
	}
	if len(r.Patches) == 0 {
		return content, nil
	}
	patches, err := configpatcher.LoadPatches(r.Patches)
	if err != nil {
		return nil, fmt.Errorf("patch: %w", err)
	}
	patched, err := configpatcher.Apply(configpatcher.WithBytes(content), patches)
	if err != nil {
		return nil, fmt.Errorf("patch: %w", err)
	}
	return patched.Bytes()
}

func documentsIn(text []byte) ([]any, error) {
	var documents []any
	for decoder := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var document any
		if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
			return documents, nil
		} else if err != nil {
			return nil, err
		}
		documents = append(documents, document)
	}
}

// metal is the mode of machines that Talos is installed on.
type metal struct{}

func (metal) String() string        { return "metal" }
func (metal) RequiresInstall() bool { return true }
func (metal) InContainer() bool     { return false }
