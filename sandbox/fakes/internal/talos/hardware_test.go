package talos

import (
	"strings"
	"testing"

	"github.com/cosi-project/runtime/pkg/safe"
	machinetype "github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/resources/block"
	"github.com/siderolabs/talos/pkg/machinery/resources/network"
)

// equip starts a fleet again with machines of other hardware.
func (b *bench) equip(hardware map[string]Hardware) {
	b.t.Helper()
	b.fleet.Stop()
	b.opts.Hardware, b.opts.Machines = hardware, nil
	for name := range hardware {
		b.opts.Machines = append(b.opts.Machines, name)
	}
	b.start()
	for name := range hardware {
		b.awaitStage(name, StageMaintenance)
	}
}

var rack = Hardware{
	MemoryMiB: 1024,
	Disks: []Disk{
		{Name: "sda", Size: 4 << 40, Model: "BIG SPINNER", Serial: "SPIN1", Transport: "sas", Rotational: true},
		{Name: "sdb", Size: 480 * gib, Model: "FAST SSD", Serial: "SSD1", WWID: "naa.500a", Transport: "sata"},
		{Name: "sdc", Size: 480 * gib, Model: "FAST SSD", Serial: "SSD2", WWID: "naa.500b", Transport: "sata"},
		{Name: "sr0", Size: gib, CDROM: true, Readonly: true},
	},
	Links: []Link{{Name: "enp1s0f0", MAC: "02:00:00:00:00:0a", Driver: "ice"}, {Name: "enp1s0f1", Down: true}},
}

func TestTheInstallSelectorChoosesAmongTheDisksOfTheMachine(t *testing.T) {
	for selector, want := range map[string]string{
		"diskSelector: {serial: SSD2}":               "sdc",
		"diskSelector: {wwid: naa.500a}":             "sdb",
		"diskSelector: {type: hdd}":                  "sda",
		"diskSelector: {model: FAST*}":               "sdb", // the first of two, as in Talos
		"diskSelector: {size: '> 1TB'}":              "sda",
		"disk: /dev/disk/by-id/SSD2":                 "sdc",
		"disk: /dev/nosuch":                          "",
		"diskSelector: {type: nvme}":                 "refused",
		"diskSelector: {serial: SSD1, type: hdd}":    "refused",
		"diskSelector: {size: '< 500GB', type: ssd}": "refused",
	} {
		b := newBench(t)
		b.equip(map[string]Hardware{"cp-1": rack})
		patch := "machine: {install: {" + selector + "}}"
		if !strings.HasPrefix(selector, "disk:") {
			patch = "machine: {install: {disk: '', " + selector + "}}"
		}
		data := b.config("cp-1", machinetype.TypeControlPlane, "machine: {install: {$patch: delete}}", patch)
		_, err := b.insecure("cp-1").ApplyConfiguration(b.ctx(), applyRequest(data))
		if want == "refused" {
			if err == nil || !strings.Contains(err.Error(), "no disks matched") {
				t.Errorf("%s: %v", selector, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", selector, err)
			continue
		}
		if want == "" {
			// It is found out when the installer looks for the disk: the configuration is lost.
			b.await("it tries", func() bool { return b.machine("cp-1").Stage() != StageMaintenance })
			b.awaitStage("cp-1", StageMaintenance)
			continue
		}
		b.awaitStage("cp-1", StageBooting)
		system, err := safe.StateGetByID[*block.SystemDisk](b.ctx(), b.admin("cp-1").COSI, block.SystemDiskID)
		if err != nil || system.TypedSpec().DiskID != want {
			t.Errorf("%s: %v %v", selector, system, err)
		}
	}
}

func TestHardwareShowsWhatItIs(t *testing.T) {
	b := newBench(t)
	b.equip(map[string]Hardware{"cp-1": rack})
	c := b.insecure("cp-1")
	reply, err := c.Disks(b.ctx())
	if err != nil {
		t.Fatal(err)
	}
	disks := reply.GetMessages()[0].GetDisks()
	if len(disks) != 4 || disks[0].GetType().String() != "HDD" || disks[3].GetType().String() != "CD" || disks[1].GetSerial() != "SSD1" || disks[1].GetSystemDisk() {
		t.Fatalf("disks: %v", disks)
	}
	memory, err := c.Memory(b.ctx())
	if err != nil || memory.GetMessages()[0].GetMeminfo().GetMemtotal() != 1<<20 {
		t.Fatalf("memory: %v %v", memory, err)
	}
	links, err := safe.StateListAll[*network.LinkStatus](b.ctx(), c.COSI)
	if err != nil || links.Len() != 2 {
		t.Fatalf("links: %v", err)
	}
	first, second := links.Get(0).TypedSpec(), links.Get(1).TypedSpec()
	if first.HardwareAddr.String() != "02:00:00:00:00:0a" || !first.LinkState || !first.Physical() || second.LinkState || second.HardwareAddr.String() == first.HardwareAddr.String() {
		t.Fatalf("links: %+v %+v", first, second)
	}
	if err := (Hardware{SecureBoot: "maybe", Disks: []Disk{{Name: "sda"}}, Links: []Link{{MAC: "x"}}}).Check(); strings.Count(err.Error(), "\n") != 3 {
		t.Fatalf("check: %v", err)
	}
	if err := rack.Check(); err != nil {
		t.Fatal(err)
	}
}
