package sshconf

// PrintRelease10 is Print with the defaults of OpenSSH 10.0, to be compared with
// that one's -G.
func (c *Config) PrintRelease10() string { return string(c.print(&release10)) }

var release10 = release{
	algorithms: func() map[string][]string {
		lists := map[string][]string{}
		for name, list := range release92.algorithms {
			lists[name] = list
		}
		lists["ciphers"] = []string{
			"chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com",
			"aes128-ctr", "aes192-ctr", "aes256-ctr",
		}
		lists["kexalgorithms"] = append([]string{"mlkem768x25519-sha256"}, lists["kexalgorithms"]...)
		return lists
	}(),
	identityFiles: release92.identityFiles[:len(release92.identityFiles)-1],
}

// Keywords lists the table: name, the documentation's second and third column.
func Keywords() [][3]string {
	var rows [][3]string
	for i := range keywords {
		k := &keywords[i]
		rows = append(rows, [3]string{k.title, string(k.use), k.note})
	}
	return rows
}
