package screen

import (
	"testing"

	"gmosh/protocol/wire"
)

func TestADisciplineIsAPartOfTheState(t *testing.T) {
	base := Initial(80, 24)
	base.Initial = false
	s := base
	s.Hello = &wire.Hello{Version: 1}
	s.Discipline = &wire.Discipline{Canonical: true, Echo: true}
	told, err := base.Apply(s.Diff(base))
	if err != nil || told.Discipline == nil || *told.Discipline != *s.Discipline || !told.Equal(s) {
		t.Fatalf("%+v, %v", told.Discipline, err)
	}
	if diff := s.Diff(told); len(diff) > 0 {
		t.Errorf("what is known is told again: %x", diff)
	}
	changed := s
	changed.Discipline = &wire.Discipline{Canonical: true}
	if changed.Equal(s) {
		t.Error("a change makes no new state")
	}
	if told, err = told.Apply(changed.Diff(s)); err != nil || told.Discipline.Echo {
		t.Errorf("%+v, %v", told.Discipline, err)
	}
}
