# Starts a program in a session of its own, for Linux on x86-64. The whole file of the program, without a linker:
#
#   as x86_64.S -o x.o && objcopy -O binary -j .text x.o session_starter
#
# Usage: session_starter SOFT PATH NAME ARGUMENT…
#
# It makes itself the leader of a new session, and sets the soft limit of open files to SOFT, unless that is 0 or above the hard
# limit. Then it becomes the program at PATH, which sees NAME and the arguments as its argv. A file that is no program, but may be a
# script without #!, is given to /bin/sh, as execvp(3) does. Exit code: 127 if there is no such file, 126 if it cannot be run.
# If that is because somebody writes the file, stderr says so.

        .set BASE, 0x400000
        .intel_syntax noprefix
        .text
file:
        # ELF header
        .ascii "\177ELF"
        .byte 2, 1, 1, 0                # 64 bits, little-endian, version 1, System V
        .quad 0
        .short 2, 62                    # executable, x86-64
        .long 1
        .quad BASE + (start - file)
        .quad segment - file
        .quad 0                         # no sections
        .long 0
        .short 64, 56, 1, 0, 0, 0
segment:
        # One segment: the whole file, readable and executable
        .long 1, 5
        .quad 0, BASE, BASE
        .quad end - file, end - file
        .quad 0x1000

start:
        mov     rbx, rsp                # argc, argv[0], …
        mov     r12, [rbx]
        mov     edi, 126
        cmp     r12, 4
        jb      quit
        mov     eax, 112                # setsid
        syscall

        # SOFT: a decimal number
        mov     rsi, [rbx + 16]
        xor     r13d, r13d
digit:
        movzx   ecx, byte ptr [rsi]
        sub     ecx, '0'
        cmp     ecx, 9
        ja      limit
        imul    r13, r13, 10
        add     r13, rcx
        inc     rsi
        jmp     digit

limit:
        test    r13, r13
        jz      become
        sub     rsp, 16
        mov     eax, 302                # prlimit64(0, RLIMIT_NOFILE, NULL, old)
        xor     edi, edi
        mov     esi, 7
        xor     edx, edx
        mov     r10, rsp
        syscall
        test    eax, eax
        jnz     become
        cmp     r13, [rsp + 8]
        ja      become
        mov     [rsp], r13
        mov     eax, 302                # prlimit64(0, RLIMIT_NOFILE, new, NULL)
        xor     edi, edi
        mov     esi, 7
        mov     rdx, rsp
        xor     r10d, r10d
        syscall

become:
        mov     rdi, [rbx + 24]         # PATH
        lea     rsi, [rbx + 32]         # from NAME on
        lea     r14, [rbx + r12 * 8 + 16]
        mov     rdx, r14                # environment
        mov     eax, 59                 # execve
        syscall
        cmp     eax, -8                 # ENOEXEC
        jne     failed

        # /bin/sh PATH ARGUMENT…, in the place of PATH NAME ARGUMENT…
        mov     rax, [rbx + 24]
        mov     [rbx + 32], rax
        lea     rdi, [rip + shell]
        mov     [rbx + 24], rdi
        lea     rsi, [rbx + 24]
        mov     rdx, r14
        mov     eax, 59
        syscall

failed:
        cmp     eax, -26                # ETXTBSY: a look at the file does not tell
        jne     code
        mov     eax, 1                  # write
        mov     edi, 2
        lea     rsi, [rip + busy]
        mov     edx, offset end - busy
        syscall
code:
        mov     edi, 127
        cmp     eax, -2                 # ENOENT
        je      quit
        dec     edi
quit:
        mov     eax, 60                 # exit
        syscall

shell:
        .asciz  "/bin/sh"
busy:
        .ascii  "cannot be started: the program, or its interpreter, is open for writing\n"
end:
