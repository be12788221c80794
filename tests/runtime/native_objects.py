"""Object files for the loader's tests, made by llvmlite as the compiler makes them."""

from __future__ import annotations

import functools

import llvmlite.binding as llvm

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()

PROBE = """
@table = internal constant [32 x double] [{table}]
@functions = private unnamed_addr constant [3 x ptr] [ptr @one, ptr @two, ptr @three]
@count = internal global i64 40
@memory = internal global [16 x i64] zeroinitializer
declare double @sin(double)
declare double @cos(double)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)

define internal double @one(double %x) noinline nounwind {{ %r = fadd double %x, 1.0 ret double %r }}
define internal double @two(double %x) noinline nounwind {{ %r = fmul double %x, 3.0 ret double %r }}
define internal double @three(double %x) noinline nounwind {{ %r = call double @sin(double %x) ret double %r }}

define double @call_by_table(double %x, i64 %which) nounwind {{
  %place = getelementptr [3 x ptr], ptr @functions, i64 0, i64 %which
  %function = load ptr, ptr %place
  %value = call double %function(double %x)
  %cosine = call double @cos(double %x)
  %sum = fadd double %value, %cosine
  ret double %sum
}}
define void @copy_constants(ptr %out, i64 %bytes) nounwind {{
  call void @llvm.memcpy.p0.p0.i64(ptr %out, ptr @table, i64 %bytes, i1 false)
  ret void
}}
define i64 @count_up() nounwind {{
  %old = load i64, ptr @count
  %new = add i64 %old, 1
  store i64 %new, ptr @count
  %place = getelementptr [16 x i64], ptr @memory, i64 0, i64 3
  %zero = load volatile i64, ptr %place
  %sum = add i64 %new, %zero
  ret i64 %sum
}}
define ptr @address_of_sin() nounwind {{ ret ptr @sin }}
define i64 @jump(i64 %which, i64 %y) nounwind {{
  switch i64 %which, label %other [ i64 0, label %a i64 1, label %b i64 2, label %c i64 3, label %d i64 4, label %e ]
a: %v0 = sdiv i64 %y, 3
  ret i64 %v0
b: %v1 = mul i64 %y, 7
  ret i64 %v1
c: %v2 = xor i64 %y, 55
  ret i64 %v2
d: %v3 = shl i64 %y, 13
  store volatile i64 %v3, ptr @memory
  ret i64 %v3
e: %v4 = srem i64 %y, 17
  ret i64 %v4
other:
  ret i64 -1
}}
""".format(table=", ".join(f"double {float(i * i):.1f}" for i in range(32)))

PYTHON = """
@PyExc_ValueError = external global ptr
@message = private constant [4 x i8] c"bad\\00"
declare i32 @PyGILState_Ensure()
declare void @PyGILState_Release(i32)
declare void @PyErr_SetString(ptr, ptr)
define i64 @fail() nounwind {
  %gil = call i32 @PyGILState_Ensure()
  %kind = load ptr, ptr @PyExc_ValueError
  call void @PyErr_SetString(ptr %kind, ptr @message)
  call void @PyGILState_Release(i32 %gil)
  ret i64 7
}
"""

# wide enough for zmm registers, with constants in .rodata and a remainder loop
WIDE_LOOP = """
define void @polynomial(ptr %x, ptr %y, i64 %n) #0 {
entry:
  %some = icmp sgt i64 %n, 0
  br i1 %some, label %loop, label %done
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
  %from = getelementptr double, ptr %x, i64 %i
  %v = load double, ptr %from
  %a = fmul double %v, 0x3FF3333333333333
  %b = fadd double %a, 0xBFE6666666666666
  %c = fmul double %b, %v
  %d = fadd double %c, 0x4000CCCCCCCCCCCD
  %to = getelementptr double, ptr %y, i64 %i
  store double %d, ptr %to
  %next = add nuw nsw i64 %i, 1
  %more = icmp slt i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}
attributes #0 = { nounwind "prefer-vector-width"="512" }
"""


@functools.cache
def emit(text: str, *, optimise: bool = False, reloc: str = "pic", codemodel: str = "small") -> bytes:
    """Return the object file of a module."""
    features = ",".join(("+" if on else "-") + name for name, on in llvm.get_host_cpu_features().items())
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=3, reloc=reloc, codemodel=codemodel
    )
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    module.verify()
    if optimise:
        tuning = llvm.create_pipeline_tuning_options(speed_level=3)
        tuning.loop_vectorization = tuning.loop_interleaving = True
        builder = llvm.create_pass_builder(machine, tuning)
        builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))
