// Starts a program in a session of its own, for Linux on aarch64: see x86_64.S.
//
//   aarch64-linux-gnu-as aarch64.S -o x.o && aarch64-linux-gnu-objcopy -O binary -j .text x.o session_starter

        .set BASE, 0x400000
        .text
file:
        // ELF header
        .ascii "\177ELF"
        .byte 2, 1, 1, 0                // 64 bits, little-endian, version 1, System V
        .quad 0
        .short 2, 183                   // executable, aarch64
        .long 1
        .quad BASE + (start - file)
        .quad segment - file
        .quad 0                         // no sections
        .long 0
        .short 64, 56, 1, 0, 0, 0
segment:
        // One segment: the whole file, readable and executable
        .long 1, 5
        .quad 0, BASE, BASE
        .quad end - file, end - file
        .quad 0x10000

start:
        mov     x19, sp                 // argc, argv[0], …
        ldr     x20, [x19]
        mov     x0, #126
        cmp     x20, #4
        b.lo    quit
        mov     x8, #157                // setsid
        svc     #0

        // SOFT: a decimal number
        ldr     x1, [x19, #16]
        mov     x21, #0
        mov     x3, #10
digit:
        ldrb    w2, [x1], #1
        sub     w2, w2, #'0'
        cmp     w2, #9
        b.hi    limit
        madd    x21, x21, x3, x2
        b       digit

limit:
        cbz     x21, become
        sub     sp, sp, #16
        mov     x0, #0                  // prlimit64(0, RLIMIT_NOFILE, NULL, old)
        mov     x1, #7
        mov     x2, #0
        mov     x3, sp
        mov     x8, #261
        svc     #0
        cbnz    x0, become
        ldr     x4, [sp, #8]
        cmp     x21, x4
        b.hi    become
        str     x21, [sp]
        mov     x0, #0                  // prlimit64(0, RLIMIT_NOFILE, new, NULL)
        mov     x1, #7
        mov     x2, sp
        mov     x3, #0
        mov     x8, #261
        svc     #0

become:
        ldr     x0, [x19, #24]          // PATH
        add     x1, x19, #32            // from NAME on
        add     x22, x19, x20, lsl #3
        add     x22, x22, #16
        mov     x2, x22                 // environment
        mov     x8, #221                // execve
        svc     #0
        cmn     x0, #8                  // ENOEXEC
        b.ne    failed

        // /bin/sh PATH ARGUMENT…, in the place of PATH NAME ARGUMENT…
        ldr     x1, [x19, #24]
        str     x1, [x19, #32]
        adr     x0, shell
        str     x0, [x19, #24]
        add     x1, x19, #24
        mov     x2, x22
        mov     x8, #221
        svc     #0

failed:
        cmn     x0, #26                 // ETXTBSY: a look at the file does not tell
        b.ne    code
        mov     x0, #2
        adr     x1, busy
        mov     x2, #(end - busy)
        mov     x8, #64                 // write
        svc     #0
code:
        cmn     x0, #2                  // ENOENT
        mov     x0, #127
        b.eq    quit
        mov     x0, #126
quit:
        mov     x8, #93                 // exit
        svc     #0

shell:
        .asciz  "/bin/sh"
busy:
        .ascii  "cannot be started: the program, or its interpreter, is open for writing\n"
end:
