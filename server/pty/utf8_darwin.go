package pty

import "golang.org/x/sys/unix"

const setTermios = unix.TIOCSETA
