// Command kube-ovn is the controller of Kube-OVN on its own: that of upstream, without what upstream's program does
// around it, which writes a log below /var/log, listens on every address and elects a leader.
//
// `kube-ovn schema nb|sb FILE` prints the schema of an OVN database as FILE has it, with the tables and columns that the
// controller asks for and an older OVN lacks: it refuses a database without them. OVN itself passes over what it does not
// know, so that what the controller writes there has no effect.
package main

import (
	"fmt"
	"os"

	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager/signals"

	kubeovnv1 "github.com/kubeovn/kube-ovn/pkg/apis/kubeovn/v1"
	"github.com/kubeovn/kube-ovn/pkg/controller"
)

func main() {
	var err error
	if len(os.Args) == 4 && os.Args[1] == "schema" {
		err = printSchema(os.Args[2], os.Args[3], os.Stdout)
	} else {
		err = control()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kube-ovn:", err)
		os.Exit(1)
	}
}

func control() error {
	config, err := controller.ParseFlags()
	if err != nil {
		return err
	}
	if err := kubeovnv1.AddToScheme(scheme.Scheme); err != nil {
		return err
	}
	ctrl.SetLogger(klog.NewKlogr())
	controller.Run(signals.SetupSignalHandler(), config)
	return nil
}
