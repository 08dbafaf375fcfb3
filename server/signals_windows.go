package server

import "os"

// signalMeanings: all other signals do what they always do.
var signalMeanings = map[os.Signal]signalMeaning{
	os.Interrupt: {name: "interrupt", end: true},
}
