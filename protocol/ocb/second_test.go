package ocb

import (
	"crypto/aes"
	"crypto/cipher"
	"math/big"
	"math/bits"
)

// The oracle: RFC 7253 section 4 as it is written, on big integers and one block at a
// time, sharing nothing with the package.

var (
	modulus = new(big.Int).SetBit(big.NewInt(0x87), 128, 1)
	mask128 = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(1))
)

func plainDouble(x *big.Int) *big.Int {
	y := new(big.Int).Lsh(x, 1)
	if y.Bit(128) == 1 {
		y.Xor(y, modulus)
	}
	return y
}

func plainEncipher(c cipher.Block, x *big.Int) *big.Int {
	var b [16]byte
	x.FillBytes(b[:])
	c.Encrypt(b[:], b[:])
	return new(big.Int).SetBytes(b[:])
}

func plainXor(x, y *big.Int) *big.Int { return new(big.Int).Xor(x, y) }

// plainL returns L_i; i of -1 is L_$, of -2 L_*.
func plainL(c cipher.Block, i int) *big.Int {
	x := plainEncipher(c, new(big.Int))
	for ; i > -2; i-- {
		x = plainDouble(x)
	}
	return x
}

func padded(b []byte) *big.Int {
	var p [16]byte
	p[copy(p[:], b)] = 0x80
	return new(big.Int).SetBytes(p[:])
}

func plainHash(c cipher.Block, ad []byte) *big.Int {
	sum, offset := new(big.Int), new(big.Int)
	for i := 1; len(ad) >= 16; i++ {
		offset = plainXor(offset, plainL(c, bits.TrailingZeros(uint(i))))
		sum = plainXor(sum, plainEncipher(c, plainXor(new(big.Int).SetBytes(ad[:16]), offset)))
		ad = ad[16:]
	}
	if len(ad) > 0 {
		offset = plainXor(offset, plainL(c, -2))
		sum = plainXor(sum, plainEncipher(c, plainXor(padded(ad), offset)))
	}
	return sum
}

func plainSeal(key, nonce, plain, ad []byte) []byte {
	c, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	n := new(big.Int).SetBytes(nonce)
	n.SetBit(n, 96, 1)
	bottom := uint(new(big.Int).And(n, big.NewInt(63)).Uint64())
	top := plainEncipher(c, new(big.Int).Lsh(new(big.Int).Rsh(n, 6), 6))

	// Stretch = Ktop || (Ktop[1..64] xor Ktop[9..72]), 192 bits; 128 from bit bottom on.
	first64, from9 := new(big.Int).Rsh(top, 64), new(big.Int).Rsh(top, 56)
	from9.And(from9, new(big.Int).SetUint64(^uint64(0)))
	stretch := new(big.Int).Or(new(big.Int).Lsh(top, 64), plainXor(first64, from9))
	offset := new(big.Int).And(new(big.Int).Rsh(stretch, 64-bottom), mask128)

	out, checksum := []byte{}, new(big.Int)
	var b [16]byte
	for i := 1; len(plain) >= 16; i++ {
		offset = plainXor(offset, plainL(c, bits.TrailingZeros(uint(i))))
		p := new(big.Int).SetBytes(plain[:16])
		plainXor(offset, plainEncipher(c, plainXor(offset, p))).FillBytes(b[:])
		out = append(out, b[:]...)
		checksum = plainXor(checksum, p)
		plain = plain[16:]
	}
	if len(plain) > 0 {
		offset = plainXor(offset, plainL(c, -2))
		plainEncipher(c, offset).FillBytes(b[:])
		for i, p := range plain {
			out = append(out, p^b[i])
		}
		checksum = plainXor(checksum, padded(plain))
	}
	tag := plainEncipher(c, plainXor(plainXor(checksum, offset), plainL(c, -1)))
	plainXor(tag, plainHash(c, ad)).FillBytes(b[:])
	return append(out, b[:]...)
}
