// Command image-factory answers what Talos' image factory makes of a schematic. Tests ask it; nothing that is deployed,
// and no part of the sandbox, runs it.
//
// It reads one request per line and writes one answer per line, both JSON.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/siderolabs/go-procfs/procfs"
	"github.com/siderolabs/image-factory/pkg/schematic"
	"github.com/siderolabs/talos/pkg/machinery/constants"
	"github.com/siderolabs/talos/pkg/machinery/imager/quirks"
	"github.com/siderolabs/talos/pkg/machinery/kernel"
	"github.com/siderolabs/talos/pkg/machinery/platforms"
)

type request struct {
	// Schematic is its text, as it is sent to the factory.
	Schematic string `json:"schematic"`
	// Version of Talos that the kernel arguments are asked for, beside the schematic's id, and names of files.
	Version      string `json:"version"`
	SecureBoot   bool   `json:"secureBoot"`
	Architecture string `json:"architecture"`
}

type answer struct {
	ID string `json:"id,omitempty"`
	// Text is the schematic as the factory writes it.
	Text string `json:"text,omitempty"`
	// Arguments are those of the kernel on machines of metal.
	Arguments []string `json:"arguments,omitempty"`
	Files     *files   `json:"files,omitempty"`
	Error     string   `json:"error,omitempty"`
}

type files struct {
	ISO               string `json:"iso"`
	DiskImage         string `json:"diskImage"`
	PXE               string `json:"pxe"`
	Kernel            string `json:"kernel"`
	Initramfs         string `json:"initramfs"`
	KernelCommandLine string `json:"kernelCommandLine"`
	UKI               string `json:"uki,omitempty"`
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

func (r request) answer() (answer, error) {
	wanted, err := schematic.Unmarshal([]byte(r.Schematic))
	if err != nil {
		return answer{}, err
	}
	text, err := wanted.Marshal()
	if err != nil {
		return answer{}, err
	}
	id, err := wanted.ID()
	if err != nil || r.Version == "" {
		return answer{ID: id, Text: string(text)}, err
	}
	arguments, err := r.arguments(wanted.Customization.ExtraKernelArgs)
	return answer{ID: id, Text: string(text), Arguments: arguments, Files: r.files()}, err
}

// arguments puts kernel arguments together as the imager does for amd64 machines of metal (talos, pkg/imager; the console
// is that of the platform, whose package is no library).
func (r request) arguments(extra []string) ([]string, error) {
	version := quirks.New(r.Version)
	line := procfs.NewCmdline("")
	line.Append(constants.KernelParamPlatform, platforms.MetalPlatform().Name)
	line.SetAll([]string{"console=tty0"})
	if err := line.AppendAll(kernel.DefaultArgs(version)); err != nil {
		return nil, err
	}
	if r.SecureBoot {
		if err := line.AppendAll(kernel.SecureBootArgs(version)); err != nil {
			return nil, err
		}
	}
	err := line.AppendAll(extra, procfs.WithOverwriteArgs("console"),
		procfs.WithOverwriteArgs(constants.KernelParamPlatform), procfs.WithDeleteNegatedArgs())
	return line.Strings(), err
}

func (r request) files() *files {
	metal := platforms.MetalPlatform()
	if r.SecureBoot {
		return &files{
			ISO:               metal.SecureBootISOPath(r.Architecture),
			DiskImage:         metal.SecureBootDiskImageDefaultPath(r.Architecture),
			PXE:               metal.SecureBootPXEScriptPath(r.Architecture),
			Kernel:            metal.KernelPath(r.Architecture),
			Initramfs:         metal.InitramfsPath(r.Architecture),
			KernelCommandLine: metal.CmdlinePath(r.Architecture) + "-secureboot",
			UKI:               metal.SecureBootUKIPath(r.Architecture),
		}
	}
	return &files{
		ISO:               metal.ISOPath(r.Architecture),
		DiskImage:         metal.DiskImageDefaultPath(r.Architecture),
		PXE:               metal.PXEScriptPath(r.Architecture),
		Kernel:            metal.KernelPath(r.Architecture),
		Initramfs:         metal.InitramfsPath(r.Architecture),
		KernelCommandLine: metal.CmdlinePath(r.Architecture),
	}
}
