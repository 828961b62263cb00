;; Sums of products over GF(2^8), 16 bytes at a time: the inner loop of FEC.
;; simd-kernel.ts lays out the memory and calls this; nothing here reads outside what it is told.
;; Rebuild kernel-bytes.ts after every change: node packages/wire-format/build-kernel.ts
;;
;; How a product is made. Multiplication by a constant c is linear over GF(2), so for a byte x = 16·h + l
;;   c·x = c·(16·h) ⊕ c·l
;; and each half has only 16 possible values. A swizzle looks up 16 bytes in a 16-byte table at once:
;;   c·x = swizzle(highTable[c], x >> 4) ⊕ swizzle(lowTable[c], x & 15)
;; (Plank, Greenan, Miller: Screaming Fast Galois Field Arithmetic Using Intel SIMD Instructions, FAST 2013.)
;;
;; Why `relaxed_swizzle`: it differs from `swizzle` for indices of 16 and more only, and ours never exceed 15, so the result is
;; the same on every machine. In exchange the engine may leave out the range check, which on x86 is an extra instruction per
;; look-up: combine4 ran 1.5 to 1.9 times as fast. Engines since V8 11.4 (Node 21) have it.
;;
;; How the loops are arranged. One column of 16, 32 or 64 bytes is taken through all sources while its sums stay in
;; registers, so a sum is written once and never read back; a source byte is split into halves once for all outputs.
;;
;; Memory map, addresses in bytes:
;;   0 … 8191       nibble tables: 32 bytes per constant c, at 32·c: lowTable[c] (c·0 … c·15), then highTable[c] (c·0, c·16 … c·240)
;;   above          as the caller likes; it passes addresses
;;
;; Common parameters:
;;   $source        address of source 0; source j is at $source + j·$stride
;;   $sources       number of sources, at least 1
;;   $stride        bytes from one source to the next, and from one output to the next
;;   $coefficient   address of one byte per (source, output), source-major: source 0's for each output, then source 1's …
;;   $output        address of output 0; output i is at $output + i·$stride
;;   $bytes         bytes per source: a multiple of 16, at least 16
(module
  (memory (export "memory") 5 5) ;; 320 KiB, never grows

  ;; output 0 = Σ coefficient · source. Columns of 64 bytes, then of 16.
  (func (export "combine1")
    (param $source i32) (param $sources i32) (param $stride i32) (param $coefficient i32) (param $output i32) (param $bytes i32)
    (local $s i32) (local $sEnd i32) (local $c i32) (local $table i32) (local $end i32)
    (local $lowTable v128) (local $highTable v128) (local $x v128) (local $mask v128)
    (local $a v128) (local $b v128) (local $d v128) (local $e v128)
    (local.set $mask (i8x16.splat (i32.const 15)))

    ;; columns of 64 bytes
    (local.set $end (i32.add (local.get $source) (i32.and (local.get $bytes) (i32.const -64))))
    (block $wideDone
      (loop $wide
        (br_if $wideDone (i32.ge_u (local.get $source) (local.get $end)))
        (local.set $a (v128.const i64x2 0 0))
        (local.set $b (v128.const i64x2 0 0))
        (local.set $d (v128.const i64x2 0 0))
        (local.set $e (v128.const i64x2 0 0))
        (local.set $s (local.get $source))
        (local.set $c (local.get $coefficient))
        (local.set $sEnd (i32.add (local.get $coefficient) (local.get $sources)))
        (loop $nextSource
          (local.set $table (i32.shl (i32.load8_u (local.get $c)) (i32.const 5)))
          (local.set $lowTable (v128.load (local.get $table)))
          (local.set $highTable (v128.load offset=16 (local.get $table)))

          (local.set $x (v128.load (local.get $s)))
          (local.set $a (v128.xor (local.get $a) (v128.xor
            (i8x16.relaxed_swizzle (local.get $lowTable) (v128.and (local.get $x) (local.get $mask)))
            (i8x16.relaxed_swizzle (local.get $highTable) (i8x16.shr_u (local.get $x) (i32.const 4))))))
          (local.set $x (v128.load offset=16 (local.get $s)))
          (local.set $b (v128.xor (local.get $b) (v128.xor
            (i8x16.relaxed_swizzle (local.get $lowTable) (v128.and (local.get $x) (local.get $mask)))
            (i8x16.relaxed_swizzle (local.get $highTable) (i8x16.shr_u (local.get $x) (i32.const 4))))))
          (local.set $x (v128.load offset=32 (local.get $s)))
          (local.set $d (v128.xor (local.get $d) (v128.xor
            (i8x16.relaxed_swizzle (local.get $lowTable) (v128.and (local.get $x) (local.get $mask)))
            (i8x16.relaxed_swizzle (local.get $highTable) (i8x16.shr_u (local.get $x) (i32.const 4))))))
          (local.set $x (v128.load offset=48 (local.get $s)))
          (local.set $e (v128.xor (local.get $e) (v128.xor
            (i8x16.relaxed_swizzle (local.get $lowTable) (v128.and (local.get $x) (local.get $mask)))
            (i8x16.relaxed_swizzle (local.get $highTable) (i8x16.shr_u (local.get $x) (i32.const 4))))))

          (local.set $s (i32.add (local.get $s) (local.get $stride)))
          (br_if $nextSource
            (i32.lt_u (local.tee $c (i32.add (local.get $c) (i32.const 1))) (local.get $sEnd))))
        (v128.store (local.get $output) (local.get $a))
        (v128.store offset=16 (local.get $output) (local.get $b))
        (v128.store offset=32 (local.get $output) (local.get $d))
        (v128.store offset=48 (local.get $output) (local.get $e))
        (local.set $output (i32.add (local.get $output) (i32.const 64)))
        (local.set $source (i32.add (local.get $source) (i32.const 64)))
        (br $wide)))

    ;; the up to three columns of 16 bytes that are left
    (local.set $end (i32.add (local.get $source) (i32.and (local.get $bytes) (i32.const 48))))
    (block $done
      (loop $narrow
        (br_if $done (i32.ge_u (local.get $source) (local.get $end)))
        (local.set $a (v128.const i64x2 0 0))
        (local.set $s (local.get $source))
        (local.set $c (local.get $coefficient))
        (local.set $sEnd (i32.add (local.get $coefficient) (local.get $sources)))
        (loop $nextSource
          (local.set $table (i32.shl (i32.load8_u (local.get $c)) (i32.const 5)))
          (local.set $x (v128.load (local.get $s)))
          (local.set $a (v128.xor (local.get $a) (v128.xor
            (i8x16.relaxed_swizzle (v128.load (local.get $table)) (v128.and (local.get $x) (local.get $mask)))
            (i8x16.relaxed_swizzle (v128.load offset=16 (local.get $table)) (i8x16.shr_u (local.get $x) (i32.const 4))))))
          (local.set $s (i32.add (local.get $s) (local.get $stride)))
          (br_if $nextSource
            (i32.lt_u (local.tee $c (i32.add (local.get $c) (i32.const 1))) (local.get $sEnd))))
        (v128.store (local.get $output) (local.get $a))
        (local.set $output (i32.add (local.get $output) (i32.const 16)))
        (local.set $source (i32.add (local.get $source) (i32.const 16)))
        (br $narrow))))

  ;; outputs 0 … 3 at once, fused: a source byte is loaded and split once for four sums. Columns of 32 bytes, then one of 16.
  (func (export "combine4")
    (param $source i32) (param $sources i32) (param $stride i32) (param $coefficient i32) (param $output i32) (param $bytes i32)
    (local $s i32) (local $sEnd i32) (local $c i32) (local $table i32) (local $end i32) (local $out i32)
    (local $lowTable v128) (local $highTable v128) (local $mask v128)
    (local $x v128) (local $low0 v128) (local $high0 v128) (local $low1 v128) (local $high1 v128)
    (local $a0 v128) (local $b0 v128) (local $c0 v128) (local $d0 v128)
    (local $a1 v128) (local $b1 v128) (local $c1 v128) (local $d1 v128)
    (local.set $mask (i8x16.splat (i32.const 15)))

    ;; columns of 32 bytes
    (local.set $end (i32.add (local.get $source) (i32.and (local.get $bytes) (i32.const -32))))
    (block $wideDone
      (loop $wide
        (br_if $wideDone (i32.ge_u (local.get $source) (local.get $end)))
        (local.set $a0 (v128.const i64x2 0 0))
        (local.set $b0 (v128.const i64x2 0 0))
        (local.set $c0 (v128.const i64x2 0 0))
        (local.set $d0 (v128.const i64x2 0 0))
        (local.set $a1 (v128.const i64x2 0 0))
        (local.set $b1 (v128.const i64x2 0 0))
        (local.set $c1 (v128.const i64x2 0 0))
        (local.set $d1 (v128.const i64x2 0 0))
        (local.set $s (local.get $source))
        (local.set $c (local.get $coefficient))
        (local.set $sEnd (i32.add (local.get $coefficient) (i32.shl (local.get $sources) (i32.const 2))))
        (loop $nextSource
          (local.set $x (v128.load (local.get $s)))
          (local.set $low0 (v128.and (local.get $x) (local.get $mask)))
          (local.set $high0 (i8x16.shr_u (local.get $x) (i32.const 4)))
          (local.set $x (v128.load offset=16 (local.get $s)))
          (local.set $low1 (v128.and (local.get $x) (local.get $mask)))
          (local.set $high1 (i8x16.shr_u (local.get $x) (i32.const 4)))

          (local.set $table (i32.shl (i32.load8_u (local.get $c)) (i32.const 5)))
          (local.set $lowTable (v128.load (local.get $table)))
          (local.set $highTable (v128.load offset=16 (local.get $table)))
          (local.set $a0 (v128.xor (local.get $a0) (v128.xor
            (i8x16.relaxed_swizzle (local.get $lowTable) (local.get $low0)) (i8x16.relaxed_swizzle (local.get $highTable) (local.get $high0)))))
          (local.set $a1 (v128.xor (local.get $a1) (v128.xor
            (i8x16.relaxed_swizzle (local.get $lowTable) (local.get $low1)) (i8x16.relaxed_swizzle (local.get $highTable) (local.get $high1)))))

          (local.set $table (i32.shl (i32.load8_u offset=1 (local.get $c)) (i32.const 5)))
          (local.set $lowTable (v128.load (local.get $table)))
          (local.set $highTable (v128.load offset=16 (local.get $table)))
          (local.set $b0 (v128.xor (local.get $b0) (v128.xor
            (i8x16.relaxed_swizzle (local.get $lowTable) (local.get $low0)) (i8x16.relaxed_swizzle (local.get $highTable) (local.get $high0)))))
          (local.set $b1 (v128.xor (local.get $b1) (v128.xor
            (i8x16.relaxed_swizzle (local.get $lowTable) (local.get $low1)) (i8x16.relaxed_swizzle (local.get $highTable) (local.get $high1)))))

          (local.set $table (i32.shl (i32.load8_u offset=2 (local.get $c)) (i32.const 5)))
          (local.set $lowTable (v128.load (local.get $table)))
          (local.set $highTable (v128.load offset=16 (local.get $table)))
          (local.set $c0 (v128.xor (local.get $c0) (v128.xor
            (i8x16.relaxed_swizzle (local.get $lowTable) (local.get $low0)) (i8x16.relaxed_swizzle (local.get $highTable) (local.get $high0)))))
          (local.set $c1 (v128.xor (local.get $c1) (v128.xor
            (i8x16.relaxed_swizzle (local.get $lowTable) (local.get $low1)) (i8x16.relaxed_swizzle (local.get $highTable) (local.get $high1)))))

          (local.set $table (i32.shl (i32.load8_u offset=3 (local.get $c)) (i32.const 5)))
          (local.set $lowTable (v128.load (local.get $table)))
          (local.set $highTable (v128.load offset=16 (local.get $table)))
          (local.set $d0 (v128.xor (local.get $d0) (v128.xor
            (i8x16.relaxed_swizzle (local.get $lowTable) (local.get $low0)) (i8x16.relaxed_swizzle (local.get $highTable) (local.get $high0)))))
          (local.set $d1 (v128.xor (local.get $d1) (v128.xor
            (i8x16.relaxed_swizzle (local.get $lowTable) (local.get $low1)) (i8x16.relaxed_swizzle (local.get $highTable) (local.get $high1)))))

          (local.set $s (i32.add (local.get $s) (local.get $stride)))
          (br_if $nextSource
            (i32.lt_u (local.tee $c (i32.add (local.get $c) (i32.const 4))) (local.get $sEnd))))
        (v128.store (local.get $output) (local.get $a0))
        (v128.store offset=16 (local.get $output) (local.get $a1))
        (local.set $out (i32.add (local.get $output) (local.get $stride)))
        (v128.store (local.get $out) (local.get $b0))
        (v128.store offset=16 (local.get $out) (local.get $b1))
        (local.set $out (i32.add (local.get $out) (local.get $stride)))
        (v128.store (local.get $out) (local.get $c0))
        (v128.store offset=16 (local.get $out) (local.get $c1))
        (local.set $out (i32.add (local.get $out) (local.get $stride)))
        (v128.store (local.get $out) (local.get $d0))
        (v128.store offset=16 (local.get $out) (local.get $d1))
        (local.set $output (i32.add (local.get $output) (i32.const 32)))
        (local.set $source (i32.add (local.get $source) (i32.const 32)))
        (br $wide)))

    ;; the column of 16 bytes that may be left
    (if (i32.and (local.get $bytes) (i32.const 16))
      (then
        (local.set $a0 (v128.const i64x2 0 0))
        (local.set $b0 (v128.const i64x2 0 0))
        (local.set $c0 (v128.const i64x2 0 0))
        (local.set $d0 (v128.const i64x2 0 0))
        (local.set $s (local.get $source))
        (local.set $c (local.get $coefficient))
        (local.set $sEnd (i32.add (local.get $coefficient) (i32.shl (local.get $sources) (i32.const 2))))
        (loop $nextSource
          (local.set $x (v128.load (local.get $s)))
          (local.set $low0 (v128.and (local.get $x) (local.get $mask)))
          (local.set $high0 (i8x16.shr_u (local.get $x) (i32.const 4)))
          (local.set $table (i32.shl (i32.load8_u (local.get $c)) (i32.const 5)))
          (local.set $a0 (v128.xor (local.get $a0) (v128.xor
            (i8x16.relaxed_swizzle (v128.load (local.get $table)) (local.get $low0))
            (i8x16.relaxed_swizzle (v128.load offset=16 (local.get $table)) (local.get $high0)))))
          (local.set $table (i32.shl (i32.load8_u offset=1 (local.get $c)) (i32.const 5)))
          (local.set $b0 (v128.xor (local.get $b0) (v128.xor
            (i8x16.relaxed_swizzle (v128.load (local.get $table)) (local.get $low0))
            (i8x16.relaxed_swizzle (v128.load offset=16 (local.get $table)) (local.get $high0)))))
          (local.set $table (i32.shl (i32.load8_u offset=2 (local.get $c)) (i32.const 5)))
          (local.set $c0 (v128.xor (local.get $c0) (v128.xor
            (i8x16.relaxed_swizzle (v128.load (local.get $table)) (local.get $low0))
            (i8x16.relaxed_swizzle (v128.load offset=16 (local.get $table)) (local.get $high0)))))
          (local.set $table (i32.shl (i32.load8_u offset=3 (local.get $c)) (i32.const 5)))
          (local.set $d0 (v128.xor (local.get $d0) (v128.xor
            (i8x16.relaxed_swizzle (v128.load (local.get $table)) (local.get $low0))
            (i8x16.relaxed_swizzle (v128.load offset=16 (local.get $table)) (local.get $high0)))))
          (local.set $s (i32.add (local.get $s) (local.get $stride)))
          (br_if $nextSource
            (i32.lt_u (local.tee $c (i32.add (local.get $c) (i32.const 4))) (local.get $sEnd))))
        (v128.store (local.get $output) (local.get $a0))
        (local.set $out (i32.add (local.get $output) (local.get $stride)))
        (v128.store (local.get $out) (local.get $b0))
        (local.set $out (i32.add (local.get $out) (local.get $stride)))
        (v128.store (local.get $out) (local.get $c0))
        (local.set $out (i32.add (local.get $out) (local.get $stride)))
        (v128.store (local.get $out) (local.get $d0)))))
)
