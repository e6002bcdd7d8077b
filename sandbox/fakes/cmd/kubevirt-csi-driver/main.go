// Command kubevirt-csi-driver is the sandbox's fake of KubeVirt's CSI driver: its controller, with the flags and the
// variable of the real one (package csidriver).
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"firmament.example/sandbox/fakes/internal/csidriver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := csidriver.Run(ctx, os.Args[1:], os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "kubevirt-csi-driver:", err)
		os.Exit(1)
	}
}
