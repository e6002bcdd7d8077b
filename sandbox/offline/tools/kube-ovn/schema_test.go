package main

import (
	"encoding/json"
	"testing"
)

const present = `{"name": "N", "version": "7.0.0", "cksum": "1 2", "tables": {
  "A": {"isRoot": true, "columns": {"x": {"type": "string"}}}}}`

const wanted = `{"name": "N", "version": "7.3.0", "tables": {
  "A": {"columns": {"x": {"type": "integer"}, "y": {"type": "string"}}}, "B": {"columns": {"z": {"type": "string"}}}}}`

// What is there stays as it is: OVN's own programs read it. Only what is missing comes from the controller.
func TestUnite(t *testing.T) {
	united, err := unite([]byte(present), []byte(wanted))
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Version string
		Cksum   string
		Tables  map[string]struct {
			IsRoot  bool
			Columns map[string]struct{ Type string }
		}
	}
	if err := json.Unmarshal(united, &schema); err != nil {
		t.Fatal(err)
	}
	a := schema.Tables["A"]
	if schema.Version != "7.3.0" || schema.Cksum != "" || !a.IsRoot {
		t.Errorf("schema %+v", schema)
	}
	if a.Columns["x"].Type != "string" || a.Columns["y"].Type != "string" || schema.Tables["B"].Columns["z"].Type != "string" {
		t.Errorf("tables %+v", schema.Tables)
	}
}

func TestUniteRefusesWhatIsNoSchema(t *testing.T) {
	if _, err := unite([]byte("{}"), []byte(wanted)); err == nil {
		t.Error("a schema without tables was accepted")
	}
}
