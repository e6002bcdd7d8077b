package talos

// Hardware is what a machine is made of. The zero value is the default of every machine.
type Hardware struct {
	// SecureBoot of the firmware; default setup.
	SecureBoot SecureBoot `json:"secureBoot"`
}

func (h Hardware) complete() Hardware {
	if h.SecureBoot == "" {
		h.SecureBoot = SecureBootSetup
	}
	return h
}
