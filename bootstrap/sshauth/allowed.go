package sshauth

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"golang.org/x/crypto/ssh"
)

// usualAlgorithms are those with which a key may sign if PubkeyAcceptedAlgorithms
// says nothing: OpenSSH's, without SHA-1.
var usualAlgorithms = []string{
	ssh.CertAlgoED25519v01, ssh.CertAlgoECDSA256v01, ssh.CertAlgoECDSA384v01, ssh.CertAlgoECDSA521v01,
	ssh.CertAlgoSKED25519v01, ssh.CertAlgoSKECDSA256v01, ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01,
	ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
	ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
}

// knownAlgorithms are what a pattern can stand for.
var knownAlgorithms = append(slices.Clip(usualAlgorithms), ssh.CertAlgoRSAv01, ssh.KeyAlgoRSA)

// rsaAlgorithms are what an RSA key can sign with, by the names that a plain key and
// a certificate go by.
var rsaAlgorithms = map[string]string{
	ssh.KeyAlgoRSASHA512: ssh.CertAlgoRSASHA512v01,
	ssh.KeyAlgoRSASHA256: ssh.CertAlgoRSASHA256v01,
	ssh.KeyAlgoRSA:       ssh.CertAlgoRSAv01,
}

// allowed returns the signer as the configuration lets it sign: what algorithms it
// may use, how long an RSA key must be.
func (l *Login) allowed(signer ssh.Signer) (ssh.Signer, error) {
	public := signer.PublicKey()
	if err := CheckRSASize(public, l.opts.Config.RequiredRSASize); err != nil {
		return nil, err
	}
	list := l.opts.Config.PubkeyAcceptedAlgorithms.Over(usualAlgorithms, knownAlgorithms)
	kind := public.Type()
	isCert := kind == ssh.CertAlgoRSAv01
	if kind != ssh.KeyAlgoRSA && !isCert {
		if !slices.Contains(list, kind) {
			return nil, notAccepted(kind)
		}
		return signer, nil
	}
	var may []string
	for _, name := range list {
		for plain, certified := range rsaAlgorithms {
			if !isCert && name == plain || isCert && name == certified {
				may = append(may, plain)
			}
		}
	}
	as, ok := signer.(ssh.AlgorithmSigner)
	if may == nil || !ok {
		return nil, notAccepted(kind)
	}
	return ssh.NewSignerWithAlgorithms(as, may)
}

func notAccepted(kind string) error {
	return fmt.Errorf("PubkeyAcceptedAlgorithms does not let a key of the type %s sign", kind)
}

// ErrShortRSA says that an RSA key is shorter than RequiredRSASize.
var ErrShortRSA = errors.New("the RSA key is too short (RequiredRSASize)")

// CheckRSASize refuses an RSA key of fewer bits; keys of other types, and limits of
// 0, are all right.
func CheckRSASize(key ssh.PublicKey, bits int) error {
	if cert, ok := key.(*ssh.Certificate); ok {
		key = cert.Key
	}
	if key.Type() != ssh.KeyAlgoRSA {
		return nil
	}
	var blob struct {
		Name string
		E, N []byte
	}
	if err := ssh.Unmarshal(key.Marshal(), &blob); err != nil {
		return err
	}
	if n := new(big.Int).SetBytes(blob.N).BitLen(); n < bits {
		return fmt.Errorf("%w: %d bits, %d are wanted", ErrShortRSA, n, bits)
	}
	return nil
}
