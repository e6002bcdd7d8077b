package talos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"time"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/safe"
	storageapi "github.com/siderolabs/talos/pkg/machinery/api/storage"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/types/block/blockhelpers"
	"github.com/siderolabs/talos/pkg/machinery/nethelpers"
	"github.com/siderolabs/talos/pkg/machinery/resources/block"
	"github.com/siderolabs/talos/pkg/machinery/resources/network"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Hardware is what a machine is made of. Each part that is left out is that of the default machine.
type Hardware struct {
	// TalosVersion of the medium that the machine boots while its disk is empty.
	TalosVersion string `json:"talosVersion"`
	// SecureBoot of the firmware; default setup.
	SecureBoot SecureBoot `json:"secureBoot"`
	// MemoryMiB; default 32 GiB.
	MemoryMiB uint64 `json:"memoryMiB"`
	// Disks; default an SSD sda of 240 GiB and an NVMe disk of 960 GiB.
	Disks []Disk `json:"disks"`
	// Links are network interfaces; default eth0.
	Links []Link `json:"links"`
	// RestartSeconds are how long it is away when it restarts, and how long a changed static pod takes to be replaced;
	// default that of the fleet.
	RestartSeconds float64 `json:"restartSeconds"`
}

// Disk of a machine. Serial and WWID are made from the machine's name where they are left out.
type Disk struct {
	Name   string `json:"name"` // such as sda
	Size   uint64 `json:"size"` // bytes
	Model  string `json:"model"`
	Serial string `json:"serial"`
	WWID   string `json:"wwid"`
	UUID   string `json:"uuid"`
	// Modalias and BusPath as the kernel has them.
	Modalias string `json:"modalias"`
	BusPath  string `json:"busPath"`
	// Transport is sata, sas, nvme, usb, mmc or virtio. What is not rotational is an SSD.
	Transport  string `json:"transport"`
	Rotational bool   `json:"rotational"`
	Readonly   bool   `json:"readonly"`
	CDROM      bool   `json:"cdrom"`
}

// Link is a physical network interface.
type Link struct {
	Name      string `json:"name"`
	MAC       string `json:"mac"`
	Driver    string `json:"driver"`
	BusPath   string `json:"busPath"`
	SpeedMbit int    `json:"speedMbit"`
	// Down is a link without a carrier.
	Down bool `json:"down"`
}

const gib = 1 << 30

// complete fills in the default machine.
func (h Hardware) complete(name string) Hardware {
	id := machineID(name)
	if h.SecureBoot == "" {
		h.SecureBoot = SecureBootSetup
	}
	if h.MemoryMiB == 0 {
		h.MemoryMiB = 32 << 10
	}
	if h.Disks == nil {
		h.Disks = []Disk{
			{
				Name: "sda", Size: 240 * gib, Model: "SIMULATED SSD", Serial: id[:12], WWID: "naa." + id[:16], Transport: "sata",
				BusPath: "/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/",
			},
			{
				Name: "nvme0n1", Size: 960 * gib, Model: "SIMULATED NVME", Serial: id[12:24], WWID: "eui." + id[16:32], Transport: "nvme",
				BusPath: "/pci0000:00/0000:00:1d.0/0000:02:00.0/nvme/nvme0/nvme0n1",
			},
		}
	}
	if h.Links == nil {
		h.Links = []Link{{Name: "eth0"}}
	}
	h.Disks, h.Links = slices.Clone(h.Disks), slices.Clone(h.Links)
	for i := range h.Disks {
		own := machineID(name + "/" + h.Disks[i].Name)
		h.Disks[i].Serial = orElse(h.Disks[i].Serial, own[:12])
		h.Disks[i].WWID = orElse(h.Disks[i].WWID, "naa."+own[:16])
	}
	for i := range h.Links {
		own := machineID(name + "/" + h.Links[i].Name)
		h.Links[i].MAC = orElse(h.Links[i].MAC, fmt.Sprintf("02:%s:%s:%s:%s:%s", own[:2], own[2:4], own[4:6], own[6:8], own[8:10]))
		h.Links[i].Driver = orElse(h.Links[i].Driver, "simulated")
		if h.Links[i].SpeedMbit == 0 {
			h.Links[i].SpeedMbit = 10000
		}
	}
	return h
}

func orElse(value, other string) string {
	if value == "" {
		return other
	}
	return value
}

// Check finds all faults of a description.
func (h Hardware) Check() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if h.SecureBoot != "" && !slices.Contains([]SecureBoot{SecureBootSetup, SecureBootOff, SecureBootOn}, h.SecureBoot) {
		fault("secureBoot: %q — setup, on or off; write one of them", h.SecureBoot)
	}
	if h.RestartSeconds < 0 {
		fault("restartSeconds: %v — a time; write how many seconds a restart takes", h.RestartSeconds)
	}
	seen := map[string]bool{}
	for i, disk := range h.Disks {
		if disk.Name == "" || disk.Size == 0 || seen[disk.Name] {
			fault("disks[%d]: name %q, size %d — a name of its own and a size in bytes; give both", i, disk.Name, disk.Size)
		}
		seen[disk.Name] = true
	}
	for i, link := range h.Links {
		if link.Name == "" || seen["link "+link.Name] {
			fault("links[%d]: name %q — a name of its own; give one", i, link.Name)
		}
		seen["link "+link.Name] = true
		if _, err := net.ParseMAC(link.MAC); link.MAC != "" && err != nil {
			fault("links[%d]: mac %q — six pairs of hexadecimal digits; write it like 02:00:00:00:00:01", i, link.MAC)
		}
	}
	return errors.Join(faults...)
}

// restartDelay is how long the machine is away when it restarts.
func (m *Machine) restartDelay() time.Duration {
	if m.hardware.RestartSeconds > 0 {
		return time.Duration(m.hardware.RestartSeconds * float64(time.Second))
	}
	return m.fleet.opts.RestartDelay
}

// describeHardware fills the resources that do not change.
func (m *Machine) describeHardware() error {
	var all []resource.Resource
	for _, disk := range m.hardware.Disks {
		r := block.NewDisk(block.NamespaceName, disk.Name)
		*r.TypedSpec() = block.DiskSpec{
			DevPath: "/dev/" + disk.Name, IOSize: 512, SectorSize: 512, Model: disk.Model, Serial: disk.Serial, WWID: disk.WWID, UUID: disk.UUID,
			Modalias: disk.Modalias, BusPath: disk.BusPath, SubSystem: "/sys/class/block", Transport: disk.Transport,
			Rotational: disk.Rotational, Readonly: disk.Readonly, CDROM: disk.CDROM,
			Symlinks: []string{"/dev/disk/by-id/wwn-" + disk.WWID, "/dev/disk/by-id/" + disk.Serial},
		}
		r.TypedSpec().SetSize(disk.Size)
		all = append(all, r)
	}
	for i, link := range m.hardware.Links {
		address, err := net.ParseMAC(link.MAC)
		if err != nil {
			return fmt.Errorf("machine %s: link %s: %w", m.Name, link.Name, err)
		}
		r := network.NewLinkStatus(network.NamespaceName, link.Name)
		*r.TypedSpec() = network.LinkStatusSpec{
			Index: uint32(i + 2), Type: nethelpers.LinkEther, HardwareAddr: nethelpers.HardwareAddr(address), PermanentAddr: nethelpers.HardwareAddr(address),
			MTU: 1500, Driver: link.Driver, BusPath: link.BusPath, LinkState: !link.Down, OperationalState: nethelpers.OperStateUp,
			SpeedMegabits: link.SpeedMbit, Duplex: nethelpers.Full,
		}
		if link.Down {
			r.TypedSpec().OperationalState, r.TypedSpec().SpeedMegabits = nethelpers.OperStateDown, 0
		}
		all = append(all, r)
	}
	for _, r := range all {
		if err := m.resources.Create(context.Background(), r); err != nil {
			return fmt.Errorf("machine %s: %w", m.Name, err)
		}
	}
	return nil
}

// systemDisk is the disk that Talos is installed on.
func (m *Machine) systemDisk(s snapshot) (Disk, bool) {
	i := slices.IndexFunc(m.hardware.Disks, func(d Disk) bool { return s.kept.Installed && d.Name == s.kept.Disk })
	if i < 0 {
		return Disk{}, false
	}
	return m.hardware.Disks[i], true
}

// installDisk is the disk that a configuration chooses: the first that its selector matches, or the one it names.
func (m *Machine) installDisk(ctx context.Context, c config.Provider) (string, error) {
	install := c.Machine().Install()
	expression, err := install.DiskMatchExpression()
	if err != nil {
		return "", fmt.Errorf("failed to get disk match expression: %w", err)
	}
	if expression != nil {
		matched, err := blockhelpers.MatchDisks(ctx, m.resources, expression)
		if err != nil {
			return "", err
		}
		if len(matched) == 0 {
			return "", fmt.Errorf("no disks matched the expression: %s", expression)
		}
		return matched[0].Metadata().ID(), nil
	}
	disks, err := safe.StateListAll[*block.Disk](ctx, m.resources)
	if err != nil {
		return "", err
	}
	named, found := disks.Find(func(d *block.Disk) bool {
		return d.TypedSpec().DevPath == install.Disk() || slices.Contains(d.TypedSpec().Symlinks, install.Disk())
	})
	if !found {
		return "", fmt.Errorf("lstat %s: no such file or directory", install.Disk())
	}
	return named.Metadata().ID(), nil
}

func (s *storageService) Disks(ctx context.Context, _ *emptypb.Empty) (*storageapi.DisksResponse, error) {
	m := target(ctx, s.self)
	system, _ := m.systemDisk(m.snapshot())
	out := &storageapi.Disks{}
	for _, disk := range m.hardware.Disks {
		kind := storageapi.Disk_UNKNOWN
		switch {
		case disk.CDROM:
			kind = storageapi.Disk_CD
		case disk.Transport == "nvme":
			kind = storageapi.Disk_NVME
		case disk.Transport == "mmc":
			kind = storageapi.Disk_SD
		case disk.Rotational:
			kind = storageapi.Disk_HDD
		case disk.Transport != "":
			kind = storageapi.Disk_SSD
		}
		out.Disks = append(out.Disks, &storageapi.Disk{
			DeviceName: filepath.Join("/dev", disk.Name), Model: disk.Model, Size: disk.Size, Serial: disk.Serial, Modalias: disk.Modalias,
			Wwid: disk.WWID, Uuid: disk.UUID, Type: kind, BusPath: disk.BusPath, SystemDisk: disk.Name == system.Name,
			Subsystem: "/sys/class/block", Readonly: disk.Readonly,
		})
	}
	return &storageapi.DisksResponse{Messages: []*storageapi.Disks{out}}, nil
}
