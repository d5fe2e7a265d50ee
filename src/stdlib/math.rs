//! The mathematical functions (§5.6): bindings of `lmathlib.c`.
//!
//! Results are libm's, through std. What std does not have (`frexp`, `ldexp`) is the kernel's.
#![forbid(unsafe_code)]

use super::register;
use crate::kernel::float::{scale_float, split_float};
use crate::vm::{Ctx, NativeFn, NativeResult, Throw};

const FUNCTIONS: &[(&str, NativeFn)] = &[
    ("abs", abs),
    ("acos", acos),
    ("asin", asin),
    ("atan2", atan2),
    ("atan", atan),
    ("ceil", ceil),
    ("cosh", cosh),
    ("cos", cos),
    ("deg", deg),
    ("exp", exp),
    ("floor", floor),
    ("fmod", fmod),
    ("frexp", frexp),
    ("ldexp", ldexp),
    ("log10", log10),
    ("log", log),
    ("max", max),
    ("min", min),
    ("modf", modf),
    ("pow", pow),
    ("rad", rad),
    ("random", random),
    ("randomseed", randomseed),
    ("sinh", sinh),
    ("sin", sin),
    ("sqrt", sqrt),
    ("tanh", tanh),
    ("tan", tan),
];

/// Opens the library.
pub(crate) fn open(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    register(ctx, Some("math"), FUNCTIONS)?;
    let library = ctx.top();
    ctx.push_number(std::f64::consts::PI)?;
    ctx.raw_set_field(library, "pi")?;
    ctx.push_number(f64::INFINITY)?;
    ctx.raw_set_field(library, "huge")?;
    // The name of `fmod` in Lua 5.0, as in the default build.
    ctx.raw_get_field(library, "fmod")?;
    ctx.raw_set_field(library, "mod")
}

/// A function of one number.
#[inline]
fn unary(ctx: &mut Ctx<'_>, f: impl FnOnce(f64) -> f64) -> NativeResult {
    let x = ctx.check_number(1)?;
    ctx.push_number(f(x))?;
    Ok(1)
}

/// A function of two numbers. The second is checked first, as PUC's compiled code does (C leaves it open).
#[inline]
fn binary(ctx: &mut Ctx<'_>, f: impl FnOnce(f64, f64) -> f64) -> NativeResult {
    let y = ctx.check_number(2)?;
    let x = ctx.check_number(1)?;
    ctx.push_number(f(x, y))?;
    Ok(1)
}

/// §5.6 `math.abs (x)`.
fn abs(ctx: &mut Ctx<'_>) -> NativeResult {
    unary(ctx, f64::abs)
}

/// §5.6 `math.acos (x)`.
fn acos(ctx: &mut Ctx<'_>) -> NativeResult {
    unary(ctx, f64::acos)
}

/// §5.6 `math.asin (x)`.
fn asin(ctx: &mut Ctx<'_>) -> NativeResult {
    unary(ctx, f64::asin)
}

/// §5.6 `math.atan (x)`.
fn atan(ctx: &mut Ctx<'_>) -> NativeResult {
    unary(ctx, f64::atan)
}

/// §5.6 `math.atan2 (y, x)`.
fn atan2(ctx: &mut Ctx<'_>) -> NativeResult {
    binary(ctx, f64::atan2)
}

/// §5.6 `math.ceil (x)`.
fn ceil(ctx: &mut Ctx<'_>) -> NativeResult {
    unary(ctx, f64::ceil)
}

/// §5.6 `math.cos (x)`.
fn cos(ctx: &mut Ctx<'_>) -> NativeResult {
    unary(ctx, f64::cos)
}

/// §5.6 `math.cosh (x)`.
fn cosh(ctx: &mut Ctx<'_>) -> NativeResult {
    unary(ctx, f64::cosh)
}

/// §5.6 `math.deg (x)`.
fn deg(ctx: &mut Ctx<'_>) -> NativeResult {
    // std's conversion multiplies by a constant, which rounds differently from C's division.
    unary(ctx, |x| x / (std::f64::consts::PI / 180.0))
}

/// §5.6 `math.exp (x)`.
fn exp(ctx: &mut Ctx<'_>) -> NativeResult {
    unary(ctx, f64::exp)
}

/// §5.6 `math.floor (x)`.
fn floor(ctx: &mut Ctx<'_>) -> NativeResult {
    unary(ctx, f64::floor)
}

/// §5.6 `math.fmod (x, y)`.
fn fmod(ctx: &mut Ctx<'_>) -> NativeResult {
    binary(ctx, |x, y| x % y)
}

/// §5.6 `math.frexp (x)`.
fn frexp(ctx: &mut Ctx<'_>) -> NativeResult {
    let (mantissa, exponent) = split_float(ctx.check_number(1)?);
    ctx.push_number(mantissa)?;
    ctx.push_number(exponent.into())?;
    Ok(2)
}

/// §5.6 `math.ldexp (m, e)`.
fn ldexp(ctx: &mut Ctx<'_>) -> NativeResult {
    // In the order of `binary`.
    let exponent = ctx.check_int(2)?;
    let mantissa = ctx.check_number(1)?;
    ctx.push_number(scale_float(mantissa, exponent))?;
    Ok(1)
}

/// §5.6 `math.log (x)`.
fn log(ctx: &mut Ctx<'_>) -> NativeResult {
    unary(ctx, f64::ln)
}

/// §5.6 `math.log10 (x)`.
fn log10(ctx: &mut Ctx<'_>) -> NativeResult {
    unary(ctx, f64::log10)
}

/// The argument that is `better` than all others.
#[inline]
fn extreme(ctx: &mut Ctx<'_>, better: impl Fn(f64, f64) -> bool) -> NativeResult {
    let mut best = ctx.check_number(1)?;
    for index in 2..=ctx.top() {
        let x = ctx.check_number(index)?;
        if better(x, best) {
            best = x;
        }
    }
    ctx.push_number(best)?;
    Ok(1)
}

/// §5.6 `math.max (x, ···)`.
fn max(ctx: &mut Ctx<'_>) -> NativeResult {
    extreme(ctx, |x, best| x > best)
}

/// §5.6 `math.min (x, ···)`.
fn min(ctx: &mut Ctx<'_>) -> NativeResult {
    extreme(ctx, |x, best| x < best)
}

/// §5.6 `math.modf (x)`.
fn modf(ctx: &mut Ctx<'_>) -> NativeResult {
    let x = ctx.check_number(1)?;
    let whole = x.trunc();
    // The fraction has the sign of the number, also when it is zero.
    let fraction = if x.is_infinite() { 0.0_f64.copysign(x) } else { (x - whole).copysign(x) };
    ctx.push_number(whole)?;
    ctx.push_number(fraction)?;
    Ok(2)
}

/// §5.6 `math.pow (x, y)`.
fn pow(ctx: &mut Ctx<'_>) -> NativeResult {
    binary(ctx, f64::powf)
}

/// §5.6 `math.rad (x)`.
fn rad(ctx: &mut Ctx<'_>) -> NativeResult {
    unary(ctx, |x| x * (std::f64::consts::PI / 180.0))
}

/// §5.6 `math.random ([m [, n]])`.
fn random(ctx: &mut Ctx<'_>) -> NativeResult {
    let arguments = ctx.top();
    // PUC draws before it looks at the arguments.
    let r = ctx.random();
    let value = match arguments {
        0 => r,
        1 => {
            let high = ctx.check_int(1)?;
            if high < 1 {
                return Err(ctx.arg_error(1, "interval is empty"));
            }
            (r * f64::from(high)).floor() + 1.0
        }
        2 => {
            let low = ctx.check_int(1)?;
            let high = ctx.check_int(2)?;
            if low > high {
                return Err(ctx.arg_error(2, "interval is empty"));
            }
            let (low, high) = (f64::from(low), f64::from(high));
            (r * (high - low + 1.0)).floor() + low
        }
        _ => return Err(ctx.error("wrong number of arguments")),
    };
    ctx.push_number(value)?;
    Ok(1)
}

/// §5.6 `math.randomseed (x)`.
fn randomseed(ctx: &mut Ctx<'_>) -> NativeResult {
    let seed = ctx.check_int(1)?;
    ctx.seed_random(seed as u32);
    Ok(0)
}

/// §5.6 `math.sin (x)`.
fn sin(ctx: &mut Ctx<'_>) -> NativeResult {
    unary(ctx, f64::sin)
}

/// §5.6 `math.sinh (x)`.
fn sinh(ctx: &mut Ctx<'_>) -> NativeResult {
    unary(ctx, f64::sinh)
}

/// §5.6 `math.sqrt (x)`.
fn sqrt(ctx: &mut Ctx<'_>) -> NativeResult {
    unary(ctx, f64::sqrt)
}

/// §5.6 `math.tan (x)`.
fn tan(ctx: &mut Ctx<'_>) -> NativeResult {
    unary(ctx, f64::tan)
}

/// §5.6 `math.tanh (x)`.
fn tanh(ctx: &mut Ctx<'_>) -> NativeResult {
    unary(ctx, f64::tanh)
}
